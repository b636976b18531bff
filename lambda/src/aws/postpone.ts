/**
 * Messages that couldn't be taken in come back soon, and then less and less often. By itself a queue hides each for as long as
 * the function may run, whatever went wrong
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html).
 */
import { chunksOf } from "../concurrency/chunks.ts";
import { lazySqs } from "./sqs.ts";

export interface Received {
  readonly receipt: string;
  /** How often it has been received, this time included. */
  readonly times: number;
}

/** Has messages come back after their pause. Throws what SQS answers: then they come back as the queue has it. */
export type Postpone = (messages: readonly Received[]) => Promise<void>;

/** Seconds; as long as a new journal's table or a new policy takes, then longer. */
const [shortest, longest] = [60, 900];
/** ChangeMessageVisibilityBatch's limit. */
const batch = 10;

/** Seconds until a message that has been received so often comes back, before chance moves it by up to a fifth. */
export const pauseAfter = (times: number): number =>
  Math.min(shortest * 2 ** Math.max(0, Math.min(times, 10) - 1), longest);

/** `random` from 0 to 1, so that a thousand messages don't come back together. */
export const openPostpone = (queue: string, random: () => number = Math.random, load = lazySqs()): Postpone => {
  return async (messages) => {
    if (messages.length === 0) return;
    const { client, sqs } = await load();
    const answers = await Promise.all(
      chunksOf(messages, batch).map((some) =>
        client.send(
          new sqs.ChangeMessageVisibilityBatchCommand({
            QueueUrl: queue,
            Entries: some.map(({ receipt, times }, index) => ({
              Id: `${index}`,
              ReceiptHandle: receipt,
              VisibilityTimeout: Math.round(pauseAfter(times) * (0.8 + 0.4 * random())),
            })),
          }),
        ),
      ),
    );
    const [failed] = answers.flatMap(({ Failed = [] }) => Failed);
    if (failed) throw new Error(`SQS says ${failed.Code}: ${failed.Message ?? "no reason"}`);
  };
};
