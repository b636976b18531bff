/** From an event to the journal: one object may belong to several streams, and each gets an entry of its own. */

import { type PathFilter, pathFilter } from "../config/patterns.ts";
import { type BridgeConfig, type PushConfig, type PushStream, partnerOf } from "../config/types.ts";
import { type Entry, entryKey, skippedByOperator } from "../journal/entry.ts";
import type { Journal } from "../journal/journal.ts";
import { keptBy } from "../kept-by.ts";
import type { ObjectStore } from "../s3/objects.ts";
import type { CreatedObject } from "./s3-event.ts";

const filterOf = keptBy<PushConfig, PathFilter>(pathFilter);

/** Consoles make an empty `…/` object for a folder: there is nothing to send. */
const isFolderMarker = ({ key, size }: Pick<CreatedObject, "key" | "size">): boolean => key.endsWith("/") && !size;

/** The streams that an object goes to. */
export const streamsFor = (
  config: BridgeConfig,
  object: Pick<CreatedObject, "bucket" | "key" | "size">,
): PushStream[] =>
  [...config.streams.values()].filter((stream): stream is PushStream => {
    const { push } = stream;
    if (!push || push.bucket !== object.bucket || !object.key.startsWith(push.prefix) || object.key === push.prefix)
      return false;
    return !isFolderMarker(object) && filterOf(push)(object.key.slice(push.prefix.length));
  });

/**
 * Does the event look newer than what the journal knows? Sequencers order the versions of one key; where one is missing, the
 * times of the events do. Those have seconds only: of two in one second either may be the newer, so both are looked into. A
 * version that was delivered already isn't sent again for that.
 */
const looksNewer = ({ source }: Entry, object: CreatedObject): boolean => {
  if (source.sequencer !== undefined && object.sequencer !== undefined) return object.sequencer > source.sequencer;
  return object.time >= source.time;
};

/** Of the very version that is known, once more. */
const isRepeated = ({ source }: Entry, { versionId, sequencer }: CreatedObject): boolean =>
  (versionId !== undefined && versionId === source.version_id) ||
  (sequencer !== undefined && sequencer === source.sequencer);

interface IntakeDeps {
  readonly config: BridgeConfig;
  readonly journal: Journal;
  readonly objects: Pick<ObjectStore, "head">;
}

/**
 * An event that looks older says so by itself, and one that was forged could have said the opposite before it: S3 decides. What
 * waits for its transfer needs no question, since that sends the newest version there is.
 */
const isNewerInS3 = async (known: Entry, { bucket, key }: CreatedObject, { objects }: IntakeDeps): Promise<boolean> => {
  if (known.state === "pending") return false;
  const newest = await objects.head({ bucket, key });
  if (newest === undefined || newest.lastModified <= (skippedByOperator(known) ?? 0)) return false;
  const moved = [known.progress, ...known.deliveries].map((one) => one?.identity);
  return !moved.includes(newest.identity);
};

/** Writes an entry for each stream the object belongs to; returns those that are new. Throws S3's errors and the table's. */
export const intake = async (deps: IntakeDeps, object: CreatedObject): Promise<Entry[]> => {
  const entries: Entry[] = [];
  for (const stream of streamsFor(deps.config, object)) {
    const location = `${object.bucket}/${object.key}`;
    const entry = await deps.journal.know(
      {
        ...entryKey("push", stream.name, location),
        direction: "push",
        stream: stream.name,
        partner: partnerOf(stream.sftp),
        path: object.key.slice(stream.push.prefix.length),
        source_location: location,
        source: { sequencer: object.sequencer, version_id: object.versionId, size: object.size, time: object.time },
      },
      async (known) =>
        !isRepeated(known, object) && (looksNewer(known, object) || (await isNewerInS3(known, object, deps))),
    );
    if (entry) entries.push(entry);
  }
  return entries;
};
