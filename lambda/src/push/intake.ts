/** From an event to the journal: one object may belong to several streams, and each gets an entry of its own. */
import { type PathFilter, pathFilter } from "../config/patterns.ts";
import { type BridgeConfig, type PushConfig, type PushStream, partnerOf } from "../config/types.ts";
import { type Entry, entryKey } from "../journal/entry.ts";
import type { Journal } from "../journal/journal.ts";
import type { CreatedObject } from "./s3-event.ts";

const filters = new WeakMap<PushConfig, PathFilter>();
const filterOf = (push: PushConfig): PathFilter => {
  const filter = filters.get(push) ?? pathFilter(push);
  filters.set(push, filter);
  return filter;
};

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
 * Is what the event tells of newer than what the journal knows? Sequencers order the versions of one key; where one is
 * missing, the times of the events do. Those have seconds only: of two in one second either may be the newer, so both
 * are looked into. A version that was delivered already isn't sent again for that.
 */
const isNewer = (known: Entry, object: CreatedObject): boolean => {
  if (known.source.sequencer !== undefined && object.sequencer !== undefined)
    return object.sequencer > known.source.sequencer;
  const same = object.versionId !== undefined && object.versionId === known.source.version_id;
  return !same && object.time >= known.source.time;
};

/** Writes an entry for each stream the object belongs to; returns those that are new. */
export const intake = async (config: BridgeConfig, journal: Journal, object: CreatedObject): Promise<Entry[]> => {
  const entries: Entry[] = [];
  for (const stream of streamsFor(config, object)) {
    const location = `${object.bucket}/${object.key}`;
    const entry = await journal.know(
      {
        ...entryKey("push", stream.name, location),
        direction: "push",
        stream: stream.name,
        partner: partnerOf(stream.sftp),
        path: object.key.slice(stream.push.prefix.length),
        source_location: location,
        source: { sequencer: object.sequencer, version_id: object.versionId, size: object.size, time: object.time },
      },
      (known) => isNewer(known, object),
    );
    if (entry) entries.push(entry);
  }
  return entries;
};
