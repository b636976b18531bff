/**
 * Times at which a side may connect: whenever the clock on the wall there shows a time within a window. So an hour that comes twice is
 * open twice, and one that a change of time leaves out isn't open on that day.
 */
import type { Windows } from "../config/types.ts";
import { dateOf, day, isAmong, offsetOf, wallClock, weekDayOf } from "./zone.ts";

type Span = readonly [from: number, to: number];

const minute = 60_000;
/** Changes of time are further from each other than this, so that equal offsets at both ends mean none between. */
const week = 7 * day;
/** Further ahead and further back nothing is looked for: a year, and its days without business. */
const furthest = 400 * day;

/** Those windows that begin on this date, in the time that is shown there. One that passes midnight belongs to the day on which it begins. */
const beginningOn = ({ open, except }: Windows, date: number): Span[] => {
  const weekDay = weekDayOf(date);
  if (weekDay === undefined || isAmong(except, dateOf(date))) return [];
  return open
    .filter(({ days }) => days.includes(weekDay))
    .map(({ from, to }) => [date + from * minute, date + (to > from ? to : to + 24 * 60) * minute]);
};

/** The last answer: a tick asks for each of many files at one moment. */
const asked = new WeakMap<Windows, { readonly now: number; readonly open: boolean }>();

/** Is the side open at this moment? Without windows it always is. */
export const isOpenAt = (windows: Windows | undefined, now: number): boolean => {
  if (windows === undefined) return true;
  const last = asked.get(windows);
  if (last?.now === now) return last.open;
  const open = isShownOpen(windows, now);
  asked.set(windows, { now, open });
  return open;
};

const isShownOpen = (windows: Windows, now: number): boolean => {
  const shown = wallClock(windows.timeZone, now);
  const today = Math.floor(shown / day) * day;
  return [today - day, today].some((date) =>
    beginningOn(windows, date).some(([from, to]) => from <= shown && shown < to),
  );
};

/** Is it, there, a day without business? */
export const isDayOff = (windows: Windows | undefined, now: number): boolean =>
  windows !== undefined && isAmong(windows.except, dateOf(wallClock(windows.timeZone, now)));

/** The same time in pieces in which the clock there isn't changed, each with what it is ahead of UTC. */
function* pieces(timeZone: string, from: number, to: number): Generator<{ from: number; to: number; offset: number }> {
  for (let start = from; start < to; ) {
    const end = Math.min(to, start + week);
    const offset = offsetOf(timeZone, start);
    let [same, other] = [start, end];
    if (offsetOf(timeZone, end) === offset) same = end;
    else
      while (other - same > 1) {
        const middle = Math.floor((same + other) / 2);
        if (offsetOf(timeZone, middle) === offset) same = middle;
        else other = middle;
      }
    const until = same === end ? end : other;
    yield { from: start, to: until, offset };
    start = until;
  }
}

/** When it is open between two moments, in order and without overlaps; those that touch are one. */
function* openBetween(windows: Windows, from: number, to: number): Generator<Span> {
  let [begun, until] = [Number.NaN, Number.NEGATIVE_INFINITY];
  for (const piece of pieces(windows.timeZone, from, to)) {
    const { offset } = piece;
    const spans: Span[] = [];
    for (let date = Math.floor((piece.from + offset) / day - 1) * day; date < piece.to + offset; date += day)
      for (const [start, end] of beginningOn(windows, date))
        spans.push([Math.max(start - offset, piece.from), Math.min(end - offset, piece.to)]);
    for (const [start, end] of spans.filter(([start, end]) => start < end).sort(([one], [other]) => one - other)) {
      if (start > until) {
        if (until > from) yield [begun, until];
        begun = start;
      }
      until = Math.max(until, end);
    }
  }
  if (until > from) yield [begun, until];
}

/** How long it was open between two moments: all of the time without windows. Milliseconds. */
export const openFor = (windows: Windows | undefined, from: number, to: number): number => {
  if (windows === undefined || to <= from) return to - from;
  let sum = 0;
  for (const [start, end] of openBetween(windows, Math.max(from, to - furthest), to)) sum += end - start;
  return sum;
};

/** When it opens or closes next; undefined where it doesn't within the time (400 days). Milliseconds since the epoch. */
export const nextChange = (windows: Windows, now: number, within = furthest): number | undefined => {
  for (const [start, end] of openBetween(windows, now, now + within)) {
    const change = start > now ? start : end;
    return change < now + within ? change : undefined;
  }
  return undefined;
};

/** The first moment from `now` on at which it is open; undefined where there is none within 400 days. */
export const firstOpen = (windows: Windows | undefined, now: number): number | undefined =>
  windows === undefined || isOpenAt(windows, now) ? now : nextChange(windows, now);
