import type { Entry } from "./entry.ts";

const minute = 60_000;
const hour = 60 * minute;

/** Share by which a delay may differ, so that many files or partners don't come back at one moment. */
const jitter = 0.2;

/**
 * Milliseconds until the next attempt after `attempts` failures: one minute, doubled each time, at most one hour, ± 20 %.
 * `random` gives a number from 0 to 1.
 */
export const retryDelay = (attempts: number, random: () => number): number => {
  const base = Math.min(minute * 2 ** Math.max(attempts - 1, 0), hour);
  return Math.round(base * (1 - jitter + 2 * jitter * random()));
};

/** An error that another attempt is unlikely to cure is given up after this long. */
const permanentFor = 6 * hour;

/** Has the file been tried for long enough? `retryForDays` counts from the moment it was known. */
export const isGivenUp = (
  entry: Pick<Entry, "known_at">,
  permanent: boolean,
  retryForDays: number,
  now: number,
): boolean => {
  const tried = now - Date.parse(entry.known_at);
  return tried > (permanent ? Math.min(permanentFor, retryForDays * 24 * hour) : retryForDays * 24 * hour);
};
