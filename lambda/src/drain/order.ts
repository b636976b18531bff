/** The order in which the files of a side are moved (`order`), and whether one waits for the other (`strict_order`). */
import type { Direction, Order, StreamConfig } from "../config/types.ts";
import { type Entry, openStreamOf } from "../journal/entry.ts";
import { type Item, type Key, textOfKey } from "../journal/table.ts";

/** What decides on a file's place. */
export interface Placed extends Key {
  readonly path: string;
  /** When the source was changed. Milliseconds since the epoch. */
  readonly time: number;
  /** With running numbers: how far it is ahead of the awaited one. */
  readonly place?: number;
}

/** A side whose files have an order. */
export interface OrderedSide {
  /** As `sideIdOf` has it. */
  readonly id: string;
  readonly stream: StreamConfig;
  readonly direction: Direction;
  readonly order: Order;
  readonly isStrict: boolean;
}

/** Files of an ordered side that are kept in mind at one time: with more of them the index is read again behind these. */
const atOnce = 1_000;

export const placedItem = ({ pk, sk, path, source_time: time }: Item): Placed => ({
  pk,
  sk,
  path: typeof path === "string" ? path : "",
  time: typeof time === "number" ? time : 0,
});

export const placedEntry = ({ pk, sk, path, source }: Entry): Placed => ({ pk, sk, path, time: source.time });

/** Where its number stands, on sides that have them. */
export const withPlace = (
  placed: Placed,
  numbers: { readonly placeOf: (path: string) => number } | undefined,
): Placed => (numbers ? { ...placed, place: numbers.placeOf(placed.path) } : placed);

const byPath = (a: Placed, b: Placed): number => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0);

const byPlace = (a: Placed, b: Placed): number => {
  const [one, other] = [a.place ?? 0, b.place ?? 0];
  return one < other ? -1 : one > other ? 1 : byPath(a, b);
};

/** Which of two files goes first. */
export const compareIn = (order: Order): ((a: Placed, b: Placed) => number) =>
  order === "oldest" ? (a, b) => a.time - b.time || byPath(a, b) : order === "sequence" ? byPlace : byPath;

/** The side of an entry, as the journal's index names it. */
export const sideIdOf = ({ stream, direction }: Pick<Entry, "stream" | "direction">): string =>
  openStreamOf(direction, stream);

/** Sides of these streams that have an order, by their ids. */
export const orderedSides = (streams: readonly StreamConfig[]): ReadonlyMap<string, OrderedSide> =>
  new Map(
    streams.flatMap((stream) =>
      (["push", "pull"] as const).flatMap((direction) => {
        const { order, strictOrder: isStrict = false } = stream[direction] ?? {};
        const id = sideIdOf({ stream: stream.name, direction });
        return order === undefined ? [] : [[id, { id, stream, direction, order, isStrict }] as const];
      }),
    ),
  );

/** The first files in order, of however many are added, each once. */
export const createLine = (order: Order) => {
  const compare = compareIn(order);
  let kept = new Map<string, Placed>();
  const first = (): Placed[] => [...kept.values()].sort(compare).slice(0, atOnce);
  return {
    add(placed: Placed): void {
      kept.set(textOfKey(placed), placed);
      if (kept.size > 2 * atOnce) kept = new Map(first().map((one) => [textOfKey(one), one]));
    },
    first,
  };
};
