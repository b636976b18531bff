/** What is due at a partner, oldest first within a stream, one stream after the other in turn. */

import type { StreamConfig } from "../config/types.ts";
import { type Entry, isOpen } from "../journal/entry.ts";
import type { Journal } from "../journal/journal.ts";
import type { Item, Key } from "../journal/table.ts";

export interface DueSource {
  readonly journal: Journal;
  readonly streams: readonly StreamConfig[];
  readonly now: () => number;
  /** Entries that this run is working on, or has just failed with. */
  readonly isBusy: (entry: Key) => boolean;
  /** Other live holders of this partner: what they work on is theirs. */
  readonly otherHolders: ReadonlySet<string>;
}

/** Told while looking: when the next entry that isn't due yet will be. Milliseconds since the epoch. */
export interface Soonest {
  at: number;
}

/** Entries read from the table at one time. */
const chunkSize = 50;

const due = (item: Item, now: number, soonest: Soonest): boolean => {
  const next = item["next_attempt"];
  if (typeof next !== "number") return false;
  if (next <= now) return true;
  soonest.at = Math.min(soonest.at, next);
  return false;
};

async function* keysOf(
  source: DueSource,
  pages: AsyncIterable<readonly Item[]>,
  soonest: Soonest,
): AsyncGenerator<Key[]> {
  for await (const page of pages) {
    const keys = page.filter((item) => due(item, source.now(), soonest) && !source.isBusy(item));
    for (let start = 0; start < keys.length; start += chunkSize) yield keys.slice(start, start + chunkSize);
  }
}

/** Due entries as the table has them now. The index may still name what is done: that falls away here. */
export async function* dueEntries(source: DueSource, soonest: Soonest): AsyncGenerator<Entry> {
  const lanes = source.streams.flatMap((stream) => [
    ...(stream.push ? [keysOf(source, source.journal.open("push", stream.name), soonest)] : []),
    ...(stream.pull ? [keysOf(source, source.journal.open("pull", stream.name), soonest)] : []),
  ]);
  while (lanes.length > 0) {
    for (const lane of [...lanes]) {
      const next = await lane.next();
      if (next.done) {
        lanes.splice(lanes.indexOf(lane), 1);
        continue;
      }
      for (const entry of await source.journal.readMany(next.value)) {
        if (isReady(entry, source)) yield entry;
      }
    }
  }
}

/** May this run take the entry now? */
export const isReady = (entry: Entry, { now, isBusy, otherHolders }: Omit<DueSource, "journal" | "streams">): boolean =>
  isOpen(entry) &&
  entry.next_attempt <= now() &&
  !isBusy(entry) &&
  !(entry.progress && otherHolders.has(entry.progress.holder));
