import * as v from "valibot";
import { object, oneOf, present, text, texts, whole } from "./fields.ts";
import { pull } from "./pull.ts";
import { push } from "./push.ts";
import { sftp } from "./sftp.ts";
import type { ExpectedFile, StreamConfig } from "./types.ts";
import { weekDays } from "./types.ts";
import { timeZone } from "./windows.ts";

// The module's variables have the defaults and the first say; these checks are the second line, for what only an apply
// knows and for a document that the module didn't write. Fields that aren't known here are left alone.

const expectedFile = v.pipe(
  object({
    direction: oneOf(["push", "pull"]),
    match: text,
    count: whole(1, 1_000),
    by: v.pipe(text, v.regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'has to be a time of day such as "07:30"')),
    days: v.pipe(v.array(oneOf(weekDays), "has to be a list of days"), v.nonEmpty("may not be empty")),
    except: texts,
    calendars: v.nullish(v.array(text, "has to be a list of strings")),
    time_zone: timeZone,
    within_hours: whole(1, 744),
  }),
  v.transform(
    ({ time_zone, within_hours, calendars, ...value }): ExpectedFile => ({
      ...value,
      ...present("calendars", calendars),
      timeZone: time_zone,
      withinHours: within_hours,
    }),
  ),
);

/** One stream of the document, into the form that the function works with. The name is the document's key. */
export const streamSchema = v.pipe(
  object({
    sftp,
    push: v.nullish(push),
    pull: v.nullish(pull),
    retry_for_days: whole(1, 365),
    counts: v.nullish(v.array(v.picklist(["push", "pull"], 'has to be "push" or "pull"'), "has to be a list"), []),
    expected: v.nullish(v.array(expectedFile, "has to be a list"), []),
  }),
  v.check((value) => value.push != null || value.pull != null, "needs a push, a pull or both"),
  v.transform(
    (value): Omit<StreamConfig, "name"> => ({
      sftp: value.sftp,
      ...present("push", value.push),
      ...present("pull", value.pull),
      retryForDays: value.retry_for_days,
      counts: value.counts,
      expected: value.expected,
    }),
  ),
);
