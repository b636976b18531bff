/** What clocks on the wall show in the time zones of the IANA data base, as this runtime has it. */
import { type WeekDay, weekDays } from "../config/types.ts";

export const day = 86_400_000;

const formats = new Map<string, Intl.DateTimeFormat>();

const formatOf = (timeZone: string): Intl.DateTimeFormat => {
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat("en-US", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
  formats.set(timeZone, format);
  return format;
};

/** What a clock on the wall there shows, as milliseconds since the epoch as if it were in UTC; whole seconds. */
export const wallClock = (timeZone: string, time: number): number => {
  const parts = Object.fromEntries(
    formatOf(timeZone)
      .formatToParts(time)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day: date = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, date, hour, minute, second);
};

/** By how much the clock there is ahead of UTC. Milliseconds. */
export const offsetOf = (timeZone: string, time: number): number => {
  const second = Math.floor(time / 1000) * 1000;
  return wallClock(timeZone, second) - second;
};

/** The moment at which the clock there shows this; in the hour that a change of time leaves out, the moment as if it hadn't. */
export const momentOf = (timeZone: string, shown: number): number => {
  const guess = shown - (wallClock(timeZone, shown) - shown);
  return shown - (wallClock(timeZone, guess) - guess);
};

/** The date (`YYYY-MM-DD`) of a moment as the clock there shows it. */
export const dateOf = (shown: number): string => new Date(shown).toISOString().slice(0, 10);

/** The day of the week of a moment as the clock there shows it. */
export const weekDayOf = (shown: number): WeekDay | undefined =>
  // 1 January 1970 was a Thursday.
  weekDays[(Math.floor(shown / day) + 3) % 7];

/** Is the date among these? Each is `YYYY-MM-DD`, or `MM-DD` for every year. */
export const isAmong = (dates: readonly string[], date: string): boolean =>
  dates.includes(date) || dates.includes(date.slice(5));

/** Does this runtime know the time zone? */
export const isTimeZone = (name: string): boolean => {
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
};
