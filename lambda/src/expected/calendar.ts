/** Moments of a calendar in a time zone, which neither UTC arithmetic nor a CloudWatch alarm can express. */

import { dateOf, day, isAmong, momentOf, wallClock, weekDayOf } from "../calendar/zone.ts";
import type { WeekDay } from "../config/types.ts";

export interface Calendar {
  /** `HH:MM`, local. */
  readonly by: string;
  readonly days: readonly WeekDay[];
  /** Dates (`YYYY-MM-DD`, or `MM-DD` for every year; local) on which nothing is due. */
  readonly except: readonly string[];
  /** Name of the IANA data base. */
  readonly timeZone: string;
}

/** A year's worth of exceptions at the most: further back nothing is looked for. Days. */
const furthest = 400;

/** The last moment, not after `now`, at which the calendar has something due; undefined if there is none within a year. Milliseconds since the epoch. */
export const lastDue = ({ by, days, except, timeZone }: Calendar, now: number): number | undefined => {
  const [hours = 0, minutes = 0] = by.split(":").map(Number);
  const today = Math.floor(wallClock(timeZone, now) / day) * day;
  for (let back = 0; back <= furthest; back++) {
    const date = today - back * day;
    const weekDay = weekDayOf(date);
    if (weekDay === undefined || !days.includes(weekDay)) continue;
    if (isAmong(except, dateOf(date))) continue;
    const due = momentOf(timeZone, date + (hours * 60 + minutes) * 60_000);
    if (due <= now) return due;
  }
  return undefined;
};
