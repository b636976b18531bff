/** The queues of dead letters over SQS. */
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  GetQueueAttributesCommand,
  type QueueAttributeName,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { type DeadLetter, openDeadLetters } from "../../../lambda/src/aws/dead-letters.ts";
import { freshName } from "../clients.ts";
import type { Suite } from "../suite.ts";

const createQueue = async (sqs: SQSClient, Attributes: Partial<Record<QueueAttributeName, string>> = {}) =>
  (await sqs.send(new CreateQueueCommand({ QueueName: freshName("queue"), Attributes }))).QueueUrl ?? "";

const count = async (sqs: SQSClient, QueueUrl: string) => {
  const names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"] as const;
  const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...names] }));
  return names.reduce((sum, name) => sum + Number(Attributes[name]), 0);
};

export function queuesSuite({ test }: Suite): void {
  test("dead letters of all queues are received once each, and those that are removed are gone", async (t) => {
    const sqs = new SQSClient({});
    const queues = [await createQueue(sqs), await createQueue(sqs)];
    const bodies = Array.from({ length: 23 }, (_, index) => `event ${index} ☃ ${"x".repeat(1_000)}`);
    await Promise.all(
      bodies.map((MessageBody, index) =>
        sqs.send(new SendMessageCommand({ QueueUrl: queues[index % 2], MessageBody })),
      ),
    );
    const letters = openDeadLetters(queues);
    const all: DeadLetter[] = [];
    for (let some = await letters.receive(); some.length > 0; some = await letters.receive()) all.push(...some);
    t.deepEqual(all.map(({ body }) => body).sort(), bodies.toSorted());
    t.is(new Set(all.map(({ id }) => id)).size, bodies.length);
    await Promise.all(all.slice(0, 20).map((letter) => letters.remove(letter)));
    t.is((await count(sqs, queues[0] ?? "")) + (await count(sqs, queues[1] ?? "")), 3);
  });

  test("a message that is taken is hidden, comes back when it fails, and ends in the dead-letter queue", async (t) => {
    const sqs = new SQSClient({});
    const dead = await createQueue(sqs);
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: dead, AttributeNames: ["QueueArn"] }),
    );
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: Attributes?.QueueArn, maxReceiveCount: 2 });
    const queue = await createQueue(sqs, { VisibilityTimeout: "600", RedrivePolicy });
    await sqs.send(new SendMessageCommand({ QueueUrl: queue, MessageBody: "an event" }));
    const receive = async () => (await sqs.send(new ReceiveMessageCommand({ QueueUrl: queue }))).Messages ?? [];
    /** As the event source does it when the function gives a message back. */
    const giveBack = (ReceiptHandle: string | undefined) =>
      sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl: queue, ReceiptHandle, VisibilityTimeout: 0 }));
    const [first] = await receive();
    t.is(first?.Body, "an event");
    t.deepEqual(await receive(), [], "hidden");
    await giveBack(first?.ReceiptHandle);
    const [second] = await receive();
    t.is(second?.MessageId, first?.MessageId);
    await giveBack(second?.ReceiptHandle);
    t.deepEqual(await receive(), [], "received as often as it may be");
    t.deepEqual(
      (await openDeadLetters([dead]).receive()).map(({ body }) => body),
      ["an event"],
    );
  });
}
