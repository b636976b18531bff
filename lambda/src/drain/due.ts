/** What is due at a partner, oldest first within a stream, one stream after the other in turn. */

import { chunksOf } from "../concurrency/chunks.ts";
import type { Direction, StreamConfig } from "../config/types.ts";
import { dueAt, type Entry, isDue, isOpen } from "../journal/entry.ts";
import type { Journal } from "../journal/journal.ts";
import type { Item, Key } from "../journal/table.ts";
import { compareIn, createLine, type OrderedSide, placedEntry, placedItem, sideIdOf } from "./order.ts";

export interface DueSource {
  readonly journal: Journal;
  readonly streams: readonly StreamConfig[];
  /** Those of their sides that have an order. */
  readonly ordered: ReadonlyMap<string, OrderedSide>;
  readonly now: () => number;
  /** Entries of ordered sides that the index may not show yet. */
  readonly hints?: readonly Entry[];
  /** Entries that this run is working on, or has just failed with. */
  readonly isBusy: (entry: Key) => boolean;
  /** This run's own name on the entries that it works on. */
  readonly holder: string;
  /** Live holders of this partner, as the table has them now: what they work on is theirs. */
  readonly liveHolders: () => Promise<ReadonlySet<string>>;
}

/** Told while looking: when the next entry that isn't due yet will be. Milliseconds since the epoch. */
export interface Soonest {
  at: number;
}

/** Pages of 1 MiB of the index by age, 2,000 entries or more each, behind which one more says that there are many. */
const pagesByAge = 2;
/** A file that is due this soon is waited for, rather than left to the next tick. Milliseconds. */
export const soonEnough = 5_000;

/** Entries read from the table at one time. */
const chunkSize = 50;

const due = (item: Item, now: number, soonest: Soonest): boolean => {
  if (isDue(item, now)) return true;
  soonest.at = Math.min(soonest.at, dueAt(item) ?? soonest.at);
  return false;
};

/**
 * Oldest first, as far as a few pages go. Of what is behind them only that is read which is due, as it fell due: most of a long
 * backlog waits for its next attempt.
 */
async function* keysOf(
  source: DueSource,
  { direction, stream }: { readonly direction: Direction; readonly stream: string },
  soonest: Soonest,
): AsyncGenerator<Key[]> {
  const { journal, now, isBusy } = source;
  const ready = (page: readonly Item[]) =>
    chunksOf(
      page.filter((item) => due(item, now(), soonest) && !isBusy(item)),
      chunkSize,
    );
  let pages = 0;
  for await (const page of journal.open(direction, stream)) {
    yield* ready(page);
    if (++pages <= pagesByAge) continue;
    for await (const others of journal.due(direction, stream, now() + soonEnough)) yield* ready(others);
    return;
  }
}

/** The same of a side with an order: the first of all that is due. */
async function* keysInOrder(
  source: DueSource,
  { id, stream, direction, order }: OrderedSide,
  soonest: Soonest,
): AsyncGenerator<Key[]> {
  const line = createLine(order);
  for (const entry of source.hints ?? [])
    if (sideIdOf(entry) === id && isDue(entry, source.now())) line.add(placedEntry(entry));
  for await (const page of source.journal.open(direction, stream.name))
    for (const item of page) if (due(item, source.now(), soonest) && !source.isBusy(item)) line.add(placedItem(item));
  yield* chunksOf(line.first(), chunkSize);
}

/**
 * Due entries as the table has them now. The index may still name what is done: that falls away here. Sides of which one file waits
 * for the other are left out (strict.ts).
 */
export async function* dueEntries(source: DueSource, soonest: Soonest): AsyncGenerator<Entry> {
  const sides = source.streams.flatMap((stream) =>
    (["push", "pull"] as const).flatMap((direction) => {
      const side = source.ordered.get(sideIdOf({ stream: stream.name, direction }));
      if (!stream[direction] || side?.isStrict) return [];
      const keys = side
        ? keysInOrder(source, side, soonest)
        : keysOf(source, { direction, stream: stream.name }, soonest);
      const compare = side && compareIn(side.order);
      const sorted = (entries: Entry[]): Entry[] =>
        compare ? entries.sort((a, b) => compare(placedEntry(a), placedEntry(b))) : entries;
      return [{ keys, sorted }];
    }),
  );
  while (sides.length > 0) {
    for (const one of [...sides]) {
      const next = await one.keys.next();
      if (next.done) {
        sides.splice(sides.indexOf(one), 1);
        continue;
      }
      for (const entry of one.sorted(await readyOf(await source.journal.readMany(next.value), source))) {
        if (!source.isBusy(entry)) yield entry;
      }
    }
  }
}

/**
 * Those of the entries that this run may take now. Who else is at work is looked up only after the entries were read: a run
 * that came in between would be taken for dead, and both would move the same file.
 */
export const readyOf = async (
  entries: readonly Entry[],
  { now, isBusy, holder, liveHolders }: Omit<DueSource, "journal" | "streams">,
): Promise<Entry[]> => {
  const due = entries.filter((entry) => isOpen(entry) && isDue(entry, now()) && !isBusy(entry));
  const isForeign = ({ progress }: Entry) => progress !== undefined && progress.holder !== holder;
  if (!due.some(isForeign)) return due;
  const live = await liveHolders();
  return due.filter((entry) => !isForeign(entry) || !live.has(entry.progress?.holder ?? ""));
};
