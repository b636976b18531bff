/** Moments of a calendar in a time zone, which neither UTC arithmetic nor a CloudWatch alarm can express. */

import { type WeekDay, weekDays } from "../config/types.ts";
export interface Calendar {
  /** `HH:MM`, local. */
  readonly by: string;
  readonly days: readonly WeekDay[];
  /** Dates (`YYYY-MM-DD`, local) on which nothing is due. */
  readonly except: readonly string[];
  /** Name of the IANA data base. */
  readonly timeZone: string;
}

const day = 86_400_000;
/** A year's worth of exceptions at the most: further back nothing is looked for. Days. */
const furthest = 400;

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

/** What a clock on the wall there shows, as milliseconds since the epoch as if it were in UTC. */
const wallClock = (timeZone: string, time: number): number => {
  const parts = Object.fromEntries(
    formatOf(timeZone)
      .formatToParts(time)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day: date = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, date, hour, minute, second);
};

/** The moment at which the clock there shows this; in the hour that a change of time leaves out, the moment as if it hadn't. */
const momentOf = (timeZone: string, shown: number): number => {
  const guess = shown - (wallClock(timeZone, shown) - shown);
  return shown - (wallClock(timeZone, guess) - guess);
};

/** The last moment, not after `now`, at which the calendar has something due; undefined if there is none within a year. Milliseconds since the epoch. */
export const lastDue = ({ by, days, except, timeZone }: Calendar, now: number): number | undefined => {
  const [hours = 0, minutes = 0] = by.split(":").map(Number);
  const today = Math.floor(wallClock(timeZone, now) / day) * day;
  for (let back = 0; back <= furthest; back++) {
    const date = today - back * day;
    // 1 January 1970 was a Thursday.
    const weekDay = weekDays[(Math.floor(date / day) + 3) % 7];
    if (weekDay === undefined || !days.includes(weekDay)) continue;
    if (except.includes(new Date(date).toISOString().slice(0, 10))) continue;
    const due = momentOf(timeZone, date + (hours * 60 + minutes) * 60_000);
    if (due <= now) return due;
  }
  return undefined;
};
