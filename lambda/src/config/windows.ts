/** Windows and calendars of the document, into the form that the function works with. */
import * as v from "valibot";
import { isTimeZone } from "../calendar/zone.ts";
import { ConfigError } from "./errors.ts";
import { object, oneOf, text, texts } from "./fields.ts";
import type { StreamConfig, Windows } from "./types.ts";
import { weekDays } from "./types.ts";

export const timeZone = v.pipe(text, v.check(isTimeZone, "isn't a time zone that this runtime knows"));

const timeOfDay = v.pipe(
  text,
  v.regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'has to be a time of day such as "06:00", or "24:00"'),
  v.transform((time) => {
    const [hours = 0, minutes = 0] = time.split(":").map(Number);
    return hours * 60 + minutes;
  }),
);

const span = v.pipe(
  object({
    days: v.pipe(v.array(oneOf(weekDays), "has to be a list of days"), v.nonEmpty("may not be empty")),
    from: timeOfDay,
    to: timeOfDay,
  }),
  v.check(({ from, to }) => from !== to, 'is empty: it begins when it ends (all day is "00:00" to "24:00")'),
  v.check(({ from }) => from < 24 * 60, 'can\'t begin at "24:00": that is "00:00" of the next day'),
);

/** `except` has the names of calendars still: `withCalendars` puts their dates there. */
export const windows = v.pipe(
  object({
    time_zone: timeZone,
    open: v.pipe(v.array(span, "has to be a list"), v.nonEmpty("may not be empty: the side would never connect")),
    calendars: texts,
  }),
  v.transform(({ time_zone, open, calendars }): Windows => ({ timeZone: time_zone, open, except: calendars })),
);

/** A date that there is; 2028 has a 29 February. */
const isDate = (date: unknown): boolean => {
  if (typeof date !== "string" || !/^(\d{4}-)?\d\d-\d\d$/.test(date)) return false;
  const whole = date.length === 5 ? `2028-${date}` : date;
  const time = Date.parse(whole);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(whole);
};

/** By name, dates on which no business is done. */
export const calendars = v.custom<Readonly<Record<string, readonly string[]>>>(
  (value) =>
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((dates) => Array.isArray(dates) && dates.every(isDate)),
  'has to be a map from names to lists of dates such as "2026-12-25", or "12-25" for every year',
);

/** The stream with the dates of its calendars instead of their names. Throws ConfigError where there is no such calendar. */
export const withCalendars = (
  stream: StreamConfig,
  known: Readonly<Record<string, readonly string[]>>,
): StreamConfig => {
  const datesOf = (names: readonly string[]): string[] => [
    ...new Set(
      names.flatMap((name) => {
        const dates = Object.hasOwn(known, name) ? known[name] : undefined;
        if (dates) return dates;
        throw new ConfigError(
          `Stream ${stream.name}: no calendar is called ${JSON.stringify(name)}; there are: ${Object.keys(known).join(", ") || "none"}. Name one of them, or add it to the module's \`calendars\`, and apply again.`,
        );
      }),
    ),
  ];
  const dated = <T extends { readonly windows?: Windows }>(side: T): T =>
    side.windows ? { ...side, windows: { ...side.windows, except: datesOf(side.windows.except) } } : side;
  return {
    ...stream,
    ...(stream.push && { push: dated(stream.push) }),
    ...(stream.pull && { pull: dated(stream.pull) }),
    expected: stream.expected.map(({ calendars: names, ...one }) => ({
      ...one,
      except: [...new Set([...one.except, ...datesOf(names ?? [])])],
    })),
  };
};
