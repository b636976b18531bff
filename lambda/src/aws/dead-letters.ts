/** The queues of messages that ended nowhere: those that couldn't be taken in, and those that EventBridge couldn't deliver. */
import { smallRequests } from "./patience.ts";
import { lazySqs } from "./sqs.ts";

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

export const openDeadLetters = (queues: readonly string[], patience = smallRequests): DeadLetters => {
  const load = lazySqs(patience);
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
