/** What the journal says of each object below a push's prefix, and whether it would be sent. */

import type { Clock } from "../clock.ts";
import { sideBySide } from "../concurrency/for-each.ts";
import type { BridgeConfig } from "../config/types.ts";
import { type PushStream, partnerOf } from "../config/types.ts";
import { whyDelivered, whyFailed, whySkipped, whyWaiting } from "../journal/describe.ts";
import { type Delivery, type Entry, entryKey, isOpen, lastDelivery, skippedByOperator } from "../journal/entry.ts";
import type { Journal } from "../journal/journal.ts";
import { textOfKey } from "../journal/table.ts";
import type { ListedObject, ObjectStore, ObjectVersion } from "../s3/objects.ts";
import { isEcho } from "../transfer/origin-mark.ts";
import { streamsFor } from "./intake.ts";
import { destinationOf } from "./prepare.ts";

/** What judging an object takes. */
export interface StandingDeps {
  readonly config: BridgeConfig;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly objects: ObjectStore;
}

export type Standing =
  /** The journal doesn't know it, or knows only an older version: it would be sent. */
  | "missing"
  | "waiting"
  | "failed"
  | "delivered"
  /** An operator skipped this version. */
  | "skipped"
  /** It came from this partner. */
  | "echo"
  /** The stream's patterns leave it out, or it is a folder's marker. */
  | "excluded"
  /** Its name can't be a path at the partner. */
  | "refused"
  /** It went away while it was looked at. */
  | "gone";

export interface Judged {
  readonly path: string;
  readonly object: ListedObject;
  readonly standing: Standing;
  readonly why: string;
  readonly entry?: Entry | undefined;
  readonly version?: ObjectVersion | undefined;
  readonly delivery?: Delivery | undefined;
}

/** HEAD requests under way at one time. */
const looksInFlight = 16;

export const entryOf = (stream: PushStream, path: string) =>
  entryKey("push", stream.name, `${stream.push.bucket}/${stream.push.prefix}${path}`);

const judge = async (
  deps: StandingDeps,
  stream: PushStream,
  object: ListedObject,
  entry: Entry | undefined,
): Promise<Judged> => {
  const { push } = stream;
  const path = object.key.slice(push.prefix.length);
  const as = (standing: Standing, why: string, more: Partial<Judged> = {}): Judged => ({
    path,
    object,
    standing,
    why,
    entry,
    ...more,
  });

  if (!streamsFor(deps.config, { bucket: push.bucket, ...object }).some(({ name }) => name === stream.name))
    return as("excluded", "include and exclude leave it out, or it is a folder's marker");
  try {
    if (push.name === undefined) destinationOf(stream.name, push, path);
  } catch (error) {
    return as("refused", (error as Error).message);
  }
  if (entry && isOpen(entry)) return as("waiting", whyWaiting(entry, deps.clock.wall()));
  if (entry?.state === "failed") return as("failed", whyFailed(entry));

  const version = await deps.objects.head({ bucket: push.bucket, key: object.key });
  if (!version) return as("gone", "it was deleted");
  const skippedAt = entry && skippedByOperator(entry);
  if (entry && skippedAt !== undefined && version.lastModified <= skippedAt)
    return as("skipped", whySkipped(entry), { version });
  const delivery = entry?.deliveries.findLast(({ identity }) => identity === version.identity);
  if (delivery) return as("delivered", whyDelivered(delivery), { version, delivery });
  if (isEcho(version.metadata, { bucket: push.bucket, key: object.key }, stream, deps.config))
    return as("echo", "it came from this partner: sending it back would be an echo", { version });
  const last = entry && lastDelivery(entry);
  // A listing that is older than what was sent: the newest version was removed since.
  if (entry && last && version.lastModified < entry.source.time && version.versionId !== entry.source.version_id)
    return as("delivered", `a newer version was delivered; ${whyDelivered(last)}`, { version, delivery: last });
  return as(
    "missing",
    last ? `it is newer than what was delivered at ${last.at}` : "the journal doesn't know of a delivery",
    { version },
  );
};

/** Judges objects of one stream; the answers are in their order. */
export const judgeObjects = async (
  deps: StandingDeps,
  stream: PushStream,
  objects: readonly ListedObject[],
): Promise<Judged[]> => {
  const keyOf = ({ key }: ListedObject) => entryOf(stream, key.slice(stream.push.prefix.length));
  const wanted = objects.filter(({ key }) => key !== stream.push.prefix);
  const entries = new Map((await deps.journal.readMany(wanted.map(keyOf))).map((entry) => [textOfKey(entry), entry]));
  const judged: Judged[] = [];
  await sideBySide(looksInFlight, wanted.entries(), async ([index, object]) => {
    judged[index] = await judge(deps, stream, object, entries.get(textOfKey(keyOf(object))));
  });
  return judged;
};

/** Makes an object known that the journal misses; undefined if another run was faster. */
export const recordObject = (
  { journal }: Pick<StandingDeps, "journal">,
  stream: PushStream,
  { path, version, entry }: Judged,
) =>
  version &&
  journal.know(
    {
      ...entryOf(stream, path),
      direction: "push",
      stream: stream.name,
      partner: partnerOf(stream.sftp),
      path,
      source_location: `${stream.push.bucket}/${stream.push.prefix}${path}`,
      source: { version_id: version.versionId, size: version.size, time: version.lastModified },
    },
    (found) => found.rev === entry?.rev,
    { expected: entry },
  );
