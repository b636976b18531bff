import type { SQSBatchItemFailure, SQSBatchResponse, SQSRecord } from "aws-lambda";
import type { Postpone } from "../aws/postpone.ts";
import { partnerOf } from "../config/types.ts";
import { startingWithin } from "../drain/deadline.ts";
import { type HealthAhead, readHealthAhead } from "../drain/health-ahead.ts";
import { drainAll, type Invocation } from "../invocation.ts";
import type { Entry } from "../journal/entry.ts";
import { intake, streamsFor } from "../push/intake.ts";
import { type CreatedObject, createdObjects, isGuardDutys, parseMessage } from "../push/s3-event.ts";
import type { Log } from "../telemetry/types.ts";

/**
 * How long a run that the queue has started goes on to start files. Lambda bounds how many of them there are: a partner with
 * a long backlog must not keep the events of the others waiting, and has the tick's runs for itself. Milliseconds.
 */
const startsFor = 60_000;

const takeIn = async (
  { deps }: Invocation,
  objects: readonly CreatedObject[],
  health: HealthAhead,
): Promise<Entry[]> => {
  const entries: Entry[] = [];
  for (const object of objects) {
    for (const { sftp } of streamsFor(deps.config, object)) health.begin(partnerOf(sftp));
    const known = await intake(deps, object);
    deps.telemetry.log.debug("Object made known", { source: `${object.bucket}/${object.key}`, entries: known.length });
    entries.push(...known);
  }
  return entries;
};

/** Has messages that couldn't be taken in come back soon. That this failed is logged: they come back later then. */
export const postponeMessages = async (
  { postpone, log }: { readonly postpone: Postpone; readonly log: Log },
  records: readonly SQSRecord[],
): Promise<void> => {
  try {
    await postpone(
      records.map(({ receiptHandle, attributes }) => ({
        receipt: receiptHandle,
        times: Number(attributes?.ApproximateReceiveCount) || 1,
      })),
    );
  } catch (error) {
    log.warn(
      "Messages that couldn't be taken in come back only after the queue's visibility time-out: SQS can't be told otherwise. In a VPC without a NAT gateway it needs an endpoint (com.amazonaws.REGION.sqs)",
      { messages: records.length, error },
    );
  }
};

/**
 * Files whose gates are asked at once, because of what GuardDuty tells. What can't be done now needs no second message: the tag is looked
 * for all the same, a minute after the last look or later.
 */
const askNow = async ({ deps }: Invocation, told: readonly unknown[]): Promise<Entry[]> => {
  const { config, journal, staging, accountId, clock, telemetry } = deps;
  const { log } = telemetry;
  try {
    const { hear } = await import("../gate/prompt.ts");
    return await hear(told, { config, journal, staging, accountId, now: clock.wall, log });
  } catch (error) {
    log.warn("Events of GuardDuty couldn't be acted upon; the tags that they tell of are looked for at the next look", {
      events: told.length,
      error,
    });
    return [];
  }
};

/**
 * S3's events from the queue. A message is acknowledged once the journal has it, whatever becomes of the transfer; one that
 * can't be recorded, or isn't S3's, is left to the queue, which gives it to its dead-letter queue in the end.
 */
export const takeInMessages = async (
  invocation: Invocation,
  records: readonly SQSRecord[],
): Promise<SQSBatchResponse> => {
  const { log } = invocation.deps.telemetry;
  const entries: Entry[] = [];
  const failed: SQSRecord[] = [];
  const told: unknown[] = [];
  const now = invocation.deps.clock.wall();
  const health = readHealthAhead(invocation.deps);
  await Promise.all(
    records.map(async (record) => {
      const { messageId, body } = record;
      try {
        const message = parseMessage(body);
        if (isGuardDutys(message)) told.push(message);
        else entries.push(...(await takeIn(invocation, createdObjects(message, now), health)));
      } catch (error) {
        log.error(
          "A message couldn't be taken in; it is tried again in a minute or two, then less often, and ends in the dead-letter queue after an hour",
          { messageId, error },
        );
        failed.push(record);
      }
    }),
  );
  await postponeMessages({ postpone: invocation.postpone, log }, failed);
  if (told.length > 0) entries.push(...(await askNow(invocation, told)));
  await drainAll(
    { ...invocation, deadline: startingWithin(invocation.deadline, startsFor) },
    entries.map(({ partner }) => partner),
    entries,
    { health },
  );
  return { batchItemFailures: failed.map(({ messageId }): SQSBatchItemFailure => ({ itemIdentifier: messageId })) };
};

/** A notification that a bucket sends to the function itself, as to the original. Throws, so that Lambda tries again. */
export const takeInNotification = async (invocation: Invocation, event: unknown): Promise<void> => {
  const health = readHealthAhead(invocation.deps);
  const entries = await takeIn(invocation, createdObjects(event, invocation.deps.clock.wall()), health);
  await drainAll(
    invocation,
    entries.map(({ partner }) => partner),
    entries,
    { health },
  );
};
