import { readFileSync } from "node:fs";
import test from "ava";
import { type Calendar, lastDue } from "../../../lambda/src/expected/calendar.ts";

const working: Calendar = {
  by: "07:30",
  days: ["MON", "TUE", "WED", "THU", "FRI"],
  except: [],
  timeZone: "Europe/Berlin",
};

const due = (now: string, changes: Partial<Calendar> = {}) => {
  const time = lastDue({ ...working, ...changes }, Date.parse(now));
  return time === undefined ? undefined : new Date(time).toISOString();
};

test("07:30 in Berlin is 06:30 UTC in winter and 05:30 in summer", (t) => {
  t.is(due("2026-01-14T06:30:00Z"), "2026-01-14T06:30:00.000Z");
  t.is(due("2026-01-14T06:29:59Z"), "2026-01-13T06:30:00.000Z");
  t.is(due("2026-07-15T05:30:00Z"), "2026-07-15T05:30:00.000Z");
  t.is(due("2026-07-15T05:29:00Z"), "2026-07-14T05:30:00.000Z");
});

test("the change of time: the Monday after it, and a time that the clock leaves out", (t) => {
  t.is(due("2026-03-30T12:00:00Z"), "2026-03-30T05:30:00.000Z");
  t.is(due("2026-10-26T12:00:00Z"), "2026-10-26T06:30:00.000Z");
  t.is(due("2026-03-29T12:00:00Z", { by: "02:30", days: ["SUN"] }), "2026-03-29T01:30:00.000Z");
});

test("on a weekend, and after an exception, it is the last working day before", (t) => {
  t.is(due("2026-01-18T12:00:00Z"), "2026-01-16T06:30:00.000Z");
  t.is(due("2026-12-25T12:00:00Z", { except: ["2026-12-25", "2026-12-24"] }), "2026-12-23T06:30:00.000Z");
});

test("days are those of the place, on both sides of the date line", (t) => {
  t.is(
    due("2026-01-11T12:00:00Z", { timeZone: "Pacific/Auckland", days: ["MON"], by: "00:30" }),
    "2026-01-11T11:30:00.000Z",
  );
  t.is(
    due("2026-01-13T08:00:00Z", { timeZone: "America/Los_Angeles", days: ["MON"], by: "23:30" }),
    "2026-01-13T07:30:00.000Z",
  );
});

test("a calendar without days has nothing due", (t) => {
  t.is(due("2026-01-14T12:00:00Z", { days: [] }), undefined);
});

test("the plan knows the time zones that the runtime knows", (t) => {
  const planned = readFileSync(new URL("../../../modules/config/time-zones.txt", import.meta.url), "utf8")
    .trimEnd()
    .split("\n");
  t.deepEqual([...planned].sort(), [...new Set([...Intl.supportedValuesOf("timeZone"), "UTC"])].sort());
});

test("a date without a year is an exception in every year", (t) => {
  t.is(due("2026-12-25T12:00:00Z", { except: ["12-25"] }), "2026-12-24T06:30:00.000Z");
  t.is(due("2029-12-25T12:00:00Z", { except: ["12-25"] }), "2029-12-24T06:30:00.000Z");
});
