/** Clocks: this machine's two, and the table's, by which all runs can tell when a lease has ended. */

import { type Clock, elapsed, type Mark } from "../clock.ts";
/** Bounds of the present by the table's clock. Milliseconds since the epoch. */
export interface TableTime {
  readonly least: number;
  readonly most: number;
}

export interface TableClock {
  /** A request that was sent at `sent` was answered with this `Date` header. Anything that is no date is passed over. */
  heard(date: string | undefined, sent: Mark): void;
  /** Undefined until an answer had a date. */
  now(): TableTime | undefined;
}

/** Dates are in whole seconds, cut off. */
const granularity = 1_000;

/**
 * The table's clock, from the `Date` that every answer of DynamoDB carries
 * (docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html). It was at most that late when the
 * request was sent, and is at least that late now; so this machine's own clocks may be wrong by any amount.
 */
export const createTableClock = (clock: Clock): TableClock => {
  let least = Number.NEGATIVE_INFINITY;
  let latest: { readonly date: number; readonly sent: Mark } | undefined;
  return {
    heard(text, sent) {
      const date = Date.parse(text ?? "");
      if (Number.isNaN(date)) return;
      latest = { date, sent };
      least = Math.max(least, date);
    },
    now: () => latest && { least, most: latest.date + granularity + elapsed(clock, latest.sent).most },
  };
};
