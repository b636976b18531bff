/**
 * What S3 says of a new object, in the forms in which it says so:
 * - EventBridge "Object Created" (https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html): the key is raw;
 * - S3 notifications (https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html), also in an
 *   SNS envelope: the key is URL-encoded, a space is `+`.
 */
import * as v from "valibot";
import { shown } from "../telemetry/redact.ts";

export interface CreatedObject {
  readonly bucket: string;
  readonly key: string;
  /** Bytes. */
  readonly size: number | undefined;
  readonly versionId: string | undefined;
  /** Padded: sequencers of one key compare as text when the shorter one is filled up with zeros. */
  readonly sequencer: string | undefined;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

/** A message that isn't an event of S3. The message says what it is and what to do. */
export class MalformedEvent extends Error {
  override readonly name = "MalformedEvent";
}

const sequencerLength = 64;
/** A sequencer is hexadecimal. What isn't so isn't S3's. */
const s3Object = v.object({
  key: v.pipe(v.string(), v.minLength(1)),
  size: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  sequencer: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-f]{1,64}$/i))),
});

const eventBridge = v.object({
  "detail-type": v.string(),
  source: v.literal("aws.s3"),
  time: v.optional(v.string()),
  detail: v.object({
    bucket: v.object({ name: v.pipe(v.string(), v.minLength(1)) }),
    object: v.object({ ...s3Object.entries, "version-id": v.optional(v.string()) }),
  }),
});

const notification = v.object({
  Records: v.array(
    v.object({
      eventSource: v.literal("aws:s3"),
      eventName: v.string(),
      eventTime: v.optional(v.string()),
      s3: v.object({
        bucket: v.object({ name: v.pipe(v.string(), v.minLength(1)) }),
        object: v.object({ ...s3Object.entries, versionId: v.optional(v.string()) }),
      }),
    }),
  ),
});

/** What GuardDuty tells of its scans, by whatever it says of itself. */
const guardDutys = v.looseObject({ source: v.literal("aws.guardduty") });

const envelope = v.object({ Type: v.literal("Notification"), Message: v.string() });
/** What S3 sends once when a notification is set up. */
const testEvent = v.object({ Event: v.literal("s3:TestEvent") });

/** Nothing has happened in the future: an event that says so would be newer than all that follow. */
const timeOf = (text: string | undefined, now: number): number => {
  const time = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? now : Math.min(time, now);
};

const decodeKey = (key: string): string => {
  try {
    return decodeURIComponent(key.replaceAll("+", " "));
  } catch {
    throw new MalformedEvent(`The key ${JSON.stringify(key)} of an S3 notification isn't URL-encoded`);
  }
};

const created = (
  bucket: string,
  object: { key: string; size?: number | undefined; sequencer?: string | undefined },
  versionId: string | undefined,
  time: number,
): CreatedObject => ({
  bucket,
  key: object.key,
  size: object.size,
  versionId: versionId && versionId !== "null" ? versionId : undefined,
  sequencer: object.sequencer?.toUpperCase().padEnd(sequencerLength, "0"),
  time,
});

/** The text of a queue's message. Throws MalformedEvent. */
export const parseMessage = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new MalformedEvent(`The message isn't JSON: ${JSON.stringify(text.slice(0, 100))}`);
  }
};

/** Whether a message claims to be an event of GuardDuty. */
export const isGuardDutys = (message: unknown): boolean => v.is(guardDutys, message);

/** The objects that a message tells of; none for events of other kinds. Throws MalformedEvent. */
export const createdObjects = (body: unknown, now: number): CreatedObject[] => {
  const bridge = v.safeParse(eventBridge, body);
  if (bridge.success) {
    const { detail, time } = bridge.output;
    if (bridge.output["detail-type"] !== "Object Created") return [];
    return [created(detail.bucket.name, detail.object, detail.object["version-id"], timeOf(time, now))];
  }
  const records = v.safeParse(notification, body);
  if (records.success) {
    return records.output.Records.filter(({ eventName }) => /^(s3:)?ObjectCreated:/.test(eventName)).map(
      ({ s3, eventTime }) =>
        created(
          s3.bucket.name,
          { ...s3.object, key: decodeKey(s3.object.key) },
          s3.object.versionId,
          timeOf(eventTime, now),
        ),
    );
  }
  const wrapped = v.safeParse(envelope, body);
  if (wrapped.success) return createdObjects(parseMessage(wrapped.output.Message), now);
  if (v.is(testEvent, body) || isGuardDutys(body)) return [];
  throw new MalformedEvent(
    `The message is neither an EventBridge event nor a notification of S3: ${shown(body, 200)}. Only S3 may send to this queue`,
  );
};

/** The same for the text of a queue's message. */
export const createdObjectsOf = (text: string, now: number): CreatedObject[] => createdObjects(parseMessage(text), now);
