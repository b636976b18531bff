/**
 * How much is open, where it is too much to be counted each minute: a count that goes on from tick to tick, and is kept until
 * the next one is done.
 */
import type { DrainDeps } from "../drain/deps.ts";
import { remember, type StreamStates } from "../journal/stream-state.ts";
import type { Count, Table } from "../journal/table.ts";

/** One list of the index: what is open, or was given up, of one side of a stream. */
export interface Counted {
  readonly stream: string;
  /** Its key in the index. */
  readonly openStream: string;
}

/** Entries counted in one tick, over all lists, and in one request: keys alone, of some 200 bytes. */
const countedATick = 50_000;
const countedAtOnce = 5_000;

interface Going {
  readonly list: Counted;
  counted: number;
  next: string | undefined;
}

const whole = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;

const nameOf = ({ openStream }: Counted) => `count#${openStream}` as const;

/** Goes on behind `after`; from the start where that isn't a place any more. */
const countOn = async (
  table: Table,
  { list, next }: Going,
  limit: number,
): Promise<Count & { readonly anew: boolean }> => {
  try {
    return { ...(await table.countOpen(list.openStream, { after: next, limit })), anew: false };
  } catch (error) {
    if (next === undefined) throw error;
    return { ...(await table.countOpen(list.openStream, { limit })), anew: true };
  }
};

/**
 * Counts these lists as far as one tick gets, the one that was counted longest ago first; returns the count of each: the
 * present one where it could be done, else the last one, or what has been counted so far where that is more.
 */
export const keepCounts = async (
  deps: Pick<DrainDeps, "table" | "clock" | "nonce" | "telemetry">,
  facts: StreamStates,
  lists: readonly Counted[],
): Promise<ReadonlyMap<string, number>> => {
  const factOf = (list: Counted) => facts.of(list.stream, nameOf(list));
  const counts = new Map(lists.map((list) => [list.openStream, whole(factOf(list)?.["count"])] as const));
  let waiting = lists
    .toSorted((one, other) => (factOf(one)?.at ?? 0) - (factOf(other)?.at ?? 0))
    .map((list): Going => {
      const fact = factOf(list);
      const next = typeof fact?.["next"] === "string" ? fact["next"] : undefined;
      return { list, next, counted: next === undefined ? 0 : (whole(fact?.["counted"]) ?? 0) };
    });
  const begun = new Set<Going>();
  let budget = countedATick;
  while (waiting.length > 0 && budget > 0) {
    const more: Going[] = [];
    for (const going of waiting) {
      if (budget <= 0) break;
      const { count, next, anew } = await countOn(deps.table, going, Math.min(countedAtOnce, budget));
      budget -= Math.max(count, 1);
      begun.add(going);
      going.counted = anew ? count : going.counted + count;
      going.next = next;
      if (next !== undefined) more.push(going);
      else counts.set(going.list.openStream, going.counted);
    }
    waiting = more;
  }
  for (const { list, counted, next } of begun) {
    const before = factOf(list);
    // What is counted within a tick needs no record, but one that is there has to go on being right.
    if (next === undefined && (before === undefined || before["count"] === counted)) continue;
    const kept = counts.get(list.openStream);
    await remember(deps, list.stream, nameOf(list), {
      ...(kept !== undefined && { count: kept }),
      ...(next !== undefined && { counted, next }),
    });
    if (next !== undefined) counts.set(list.openStream, Math.max(kept ?? 0, counted));
  }
  return new Map(lists.map(({ openStream }) => [openStream, counts.get(openStream) ?? 1]));
};
