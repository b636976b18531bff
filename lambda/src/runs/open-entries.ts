/**
 * What is open, over all streams. As long as it is little, all of it is read; beyond that each stream is asked for its oldest, for what
 * is due there and how much there is, each of which takes one item or a bounded count. So a tick's time doesn't grow with a
 * backlog, of one stream or of all.
 */

import { sideBySide } from "../concurrency/for-each.ts";
import { type Direction, partnerOf, type StreamConfig } from "../config/types.ts";
import type { DrainDeps } from "../drain/deps.ts";
import { numbersFor } from "../drain/numbers.ts";
import { compareIn, orderedSides, placedItem, withPlace } from "../drain/order.ts";
import type { Numbers } from "../drain/sequence.ts";
import { isSetAside } from "../drain/strict.ts";
import { isSideOpen } from "../drain/windows.ts";
import { dueAt, failedStreamOf, isDue, openStreamOf } from "../journal/entry.ts";
import { openPolls } from "../journal/polls.ts";
import type { StreamStates } from "../journal/stream-state.ts";
import type { Item } from "../journal/table.ts";
import { keepCounts } from "./kept-counts.ts";

/** One side of a stream that has something open, or given up. */
export interface OpenSide {
  readonly stream: string;
  readonly direction: Direction;
  /** When the oldest that is open was known: milliseconds since the epoch; the present where none is. */
  oldest: number;
  backlog: number;
  failed: number;
}

export interface OpenEntries {
  /** By `direction#stream`. */
  readonly sides: Map<string, OpenSide>;
  /** Partners, with the time at which the oldest of what is due there fell due. */
  readonly due: Map<string, number>;
  /** Streams that have entries and are no longer configured, as far as they were seen. */
  readonly orphans: Set<string>;
  /** Of sides with `strict_order`, the first of what was seen. */
  readonly firsts: Map<string, Item>;
  /** Of those with running numbers, what is known of them. */
  readonly numbers: ReadonlyMap<string, Numbers>;
}

/** Pages of 1 MiB of the index that are read in one tick before streams are asked one by one. */
const pagesAtMost = 2;
/** Streams asked at one time. */
const sidesAtOnce = 16;

const isDirection = (value: unknown): value is Direction => value === "push" || value === "pull";

const noteDue = ({ due }: OpenEntries, id: string, since: number) => due.set(id, Math.min(due.get(id) ?? since, since));

/** A side among those that were found; a new one has nothing. `now`: milliseconds since the epoch. */
export const sideOf = (sides: OpenEntries["sides"], stream: string, direction: Direction, now: number): OpenSide => {
  const key = openStreamOf(direction, stream);
  const side = sides.get(key) ?? { stream, direction, oldest: now, backlog: 0, failed: 0 };
  sides.set(key, side);
  return side;
};

const look = (found: OpenEntries, item: Item, streams: ReadonlyMap<string, StreamConfig>, now: number): void => {
  const { stream: name, direction, partner } = item;
  if (typeof name !== "string") return;
  const stream = streams.get(name);
  if (!stream) {
    found.orphans.add(name);
    return;
  }
  const id = partnerOf(stream.sftp);
  if (item["open_stream"] === openPolls) {
    if (partner === id && isSideOpen(stream, "pull", now)) noteDue(found, id, dueAt(item) ?? now);
    return;
  }
  if (!isDirection(direction)) return;
  const side = sideOf(found.sides, name, direction, now);
  // Markers of the partner have no place in the order, and an item of the index doesn't tell of them.
  const isStrict = stream[direction]?.strictOrder === true && !(direction === "pull" && stream.pull?.ready);
  if (item["state"] === "failed") {
    side.failed++;
    if (isStrict) noteFirst(found, stream, direction, item);
    return;
  }
  side.backlog++;
  const since = Date.parse(String(item["open_since"]));
  if (!Number.isNaN(since)) side.oldest = Math.min(side.oldest, since);
  if (isStrict) noteFirst(found, stream, direction, item);
  else if (isDue(item, now) && isSideOpen(stream, direction, now)) noteDue(found, id, dueAt(item) ?? now);
};

/** Where one file waits for the other (`strict_order`), only the first of a side can be due, and one that was given up never is. */
const noteFirst = ({ firsts, numbers }: OpenEntries, stream: StreamConfig, direction: Direction, item: Item): void => {
  if (isSetAside(item)) return;
  const { order = "name" } = stream[direction] ?? {};
  const key = openStreamOf(direction, stream.name);
  const first = firsts.get(key);
  const placed = (one: Item) => withPlace(placedItem(one), numbers.get(key));
  if (!first || compareIn(order)(placed(item), placed(first)) < 0) firsts.set(key, item);
};

const noteFirstsDue = (found: OpenEntries, streams: ReadonlyMap<string, StreamConfig>, now: number): void => {
  for (const [key, item] of found.firsts) {
    const { direction } = item;
    const stream = streams.get(String(item["stream"]));
    if (!stream || !isDirection(direction) || !isSideOpen(stream, direction, now)) continue;
    // Its number isn't the awaited one, and nobody comes before it.
    if ((withPlace(placedItem(item), found.numbers.get(key)).place ?? 0) > 0) continue;
    if (item["state"] !== "failed" && isDue(item, now)) noteDue(found, partnerOf(stream.sftp), dueAt(item) ?? now);
  }
};

const firstOf = async (pages: AsyncIterable<readonly Item[]>): Promise<Item | undefined> => {
  for await (const page of pages) return page[0];
  return undefined;
};

/** The same by questions to each side: those that are configured, and those of which something was seen. */
const askEachSide = async (
  { config, journal, table, clock, ...deps }: DrainDeps,
  seen: OpenEntries,
  facts: StreamStates,
  now: number,
): Promise<OpenEntries> => {
  const found: OpenEntries = {
    sides: new Map(),
    due: seen.due,
    orphans: seen.orphans,
    firsts: new Map(),
    numbers: seen.numbers,
  };
  const wanted = [...config.streams.values()].flatMap((stream) =>
    (["push", "pull"] as const)
      .filter((direction) => stream[direction] !== undefined || seen.sides.has(openStreamOf(direction, stream.name)))
      .map((direction) => ({ stream, direction })),
  );
  const hasFailed = new Set<OpenSide>();
  await sideBySide(sidesAtOnce, wanted, async ({ stream, direction }) => {
    const [oldest, failed, since] = await Promise.all([
      firstOf(journal.open(direction, stream.name, 1)),
      firstOf(journal.failed(direction, stream.name, 1)),
      table.dueSince(openStreamOf(direction, stream.name), now),
    ]);
    if (since !== undefined && isSideOpen(stream, direction, now)) noteDue(found, partnerOf(stream.sftp), since);
    if (!oldest && !failed) return;
    const side = sideOf(found.sides, stream.name, direction, now);
    if (oldest) {
      side.backlog = 1;
      const known = Date.parse(String(oldest["open_since"]));
      if (!Number.isNaN(known)) side.oldest = known;
    }
    if (failed) hasFailed.add(side);
  });
  for await (const page of table.queryOpen(openPolls)) for (const item of page) look(found, item, config.streams, now);

  const sides = [...found.sides.values()];
  const listOf = (side: OpenSide, nameOf: typeof openStreamOf) => ({
    stream: side.stream,
    openStream: nameOf(side.direction, side.stream),
  });
  const counts = await keepCounts({ table, clock, ...deps }, facts, [
    ...sides.filter(({ backlog }) => backlog > 0).map((side) => listOf(side, openStreamOf)),
    ...sides.filter((side) => hasFailed.has(side)).map((side) => listOf(side, failedStreamOf)),
  ]);
  for (const side of sides) {
    side.backlog = counts.get(openStreamOf(side.direction, side.stream)) ?? 0;
    side.failed = counts.get(failedStreamOf(side.direction, side.stream)) ?? 0;
  }
  return found;
};

/** Of each side with running numbers, which one is awaited: a run may have died before it noted that. */
const numbersOfSides = async (deps: DrainDeps): Promise<Map<string, Numbers>> => {
  const numbers = new Map<string, Numbers>();
  const sides = [...orderedSides([...deps.config.streams.values()]).values()].filter(
    ({ order }) => order === "sequence",
  );
  await sideBySide(sidesAtOnce, sides, async (side) => {
    const its = await numbersFor(side, deps);
    if (its) numbers.set(side.id, its);
  });
  return numbers;
};

/** What is open at this time. Throws what the table throws. */
export const findOpen = async (deps: DrainDeps, now: number, facts: StreamStates): Promise<OpenEntries> => {
  const numbers = await numbersOfSides(deps);
  const found: OpenEntries = { sides: new Map(), due: new Map(), orphans: new Set(), firsts: new Map(), numbers };
  let pages = 0;
  for await (const page of deps.journal.everythingOpen()) {
    for (const item of page) look(found, item, deps.config.streams, now);
    if (++pages > pagesAtMost) return askEachSide(deps, found, facts, now);
  }
  noteFirstsDue(found, deps.config.streams, now);
  return found;
};
