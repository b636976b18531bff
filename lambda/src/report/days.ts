/** Days of a time zone, as dates (`YYYY-MM-DD`), and which of them a report is still to be written of. */
import { dateOf, day, momentOf, wallClock } from "../calendar/zone.ts";

const minute = 60_000;
/** What was delivered before midnight is in the journal by then, and in what a scan of it sees. Milliseconds. */
const settled = 15 * minute;
/** Further back nothing is made up for. Days. */
const furthest = 7;

const after = (date: string, days: number): string => dateOf(Date.parse(date) + days * day);

/** The first moment that shows this date there, also where a change of time leaves its midnight out. */
const beginOf = (timeZone: string, date: string): number => {
  const midnight = Date.parse(date);
  const moment = momentOf(timeZone, midnight);
  return moment + Math.max(0, midnight - wallClock(timeZone, moment));
};

/** When that day begins and ends there; one with a change of time has 23 or 25 hours, and none has a gap to the next. */
export const spanOf = (timeZone: string, date: string): { readonly from: number; readonly to: number } => ({
  from: beginOf(timeZone, date),
  to: beginOf(timeZone, after(date, 1)),
});

/** The last day that is over there, and that everything of is known. */
export const lastDay = (timeZone: string, now: number): string => after(dateOf(wallClock(timeZone, now - settled)), -1);

/**
 * The day whose report comes next, behind the one that was written last; undefined where there is none yet. Without one it is
 * the last day, and so where the last one hasn't been at all: then a clock was wrong.
 */
export const nextDay = (timeZone: string, written: string | undefined, now: number): string | undefined => {
  const last = lastDay(timeZone, now);
  if (written === undefined || written > after(last, 1)) return last;
  const next = [after(written, 1), after(last, 1 - furthest)].sort()[1] ?? last;
  return next <= last ? next : undefined;
};
