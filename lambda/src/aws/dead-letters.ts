/** The queues of messages that ended nowhere: those that couldn't be taken in, and those that EventBridge couldn't deliver. */
import type { SQSClient } from "@aws-sdk/client-sqs";
import { sendingWith, smallRequests } from "./request-handler.ts";

export interface DeadLetter {
  readonly id: string;
  readonly body: string;
  readonly queue: string;
  readonly receipt: string;
}

export interface DeadLetters {
  /** Some messages, hidden from others for half a minute; none when there are none left. */
  receive(): Promise<readonly DeadLetter[]>;
  remove(message: DeadLetter): Promise<void>;
}

/** ReceiveMessage's limit. */
const batch = 10;
/** Long enough to be asked of every server that holds a message. Seconds. */
const wait = 1;

/** The client is loaded when it is first needed: no other event needs it. */
export const openDeadLetters = (queues: readonly string[], patience = smallRequests): DeadLetters => {
  let loading: Promise<{ client: SQSClient; sqs: typeof import("./sdk/sqs.ts") }> | undefined;
  const load = () => {
    loading ??= import("./sdk/sqs.ts").then((sqs) => ({ client: new sqs.SQSClient(sendingWith(patience)), sqs }));
    return loading;
  };
  return {
    async receive() {
      const { client, sqs } = await load();
      for (const queue of queues) {
        const { Messages = [] } = await client.send(
          new sqs.ReceiveMessageCommand({ QueueUrl: queue, MaxNumberOfMessages: batch, WaitTimeSeconds: wait }),
        );
        if (Messages.length > 0)
          return Messages.map(({ MessageId = "", Body = "", ReceiptHandle = "" }) => ({
            id: MessageId,
            body: Body,
            queue,
            receipt: ReceiptHandle,
          }));
      }
      return [];
    },
    async remove({ queue, receipt }) {
      const { client, sqs } = await load();
      await client.send(new sqs.DeleteMessageCommand({ QueueUrl: queue, ReceiptHandle: receipt }));
    },
  };
};
