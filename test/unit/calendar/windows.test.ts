import test from "ava";
import { firstOpen, isDayOff, isOpenAt, nextChange, openFor } from "../../../lambda/src/calendar/windows.ts";
import { wallClock } from "../../../lambda/src/calendar/zone.ts";
import { type Windows, weekDays } from "../../../lambda/src/config/types.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
/** Windows and changes of time begin at whole quarters. */
const step = 15 * minute;

const at = (text: string) => Date.parse(text);
const iso = (time: number | undefined) => (time === undefined ? undefined : new Date(time).toISOString());
const clock = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
const windows = (timeZone: string, from: string, to: string, changes: Partial<Windows> = {}): Windows => ({
  timeZone,
  open: [{ days: [...weekDays], from: clock(from), to: clock(to) }],
  except: [],
  ...changes,
});
const working = [...weekDays].slice(0, 5);

/** The rule by itself, for what the clock on the wall shows. */
const shows = ({ open, except }: Windows, shown: number): boolean => {
  const [date, time] = [Math.floor(shown / day), (shown % day) / minute];
  const begins = (back: number, time: number) => {
    const text = new Date((date - back) * day).toISOString();
    if (except.includes(text.slice(0, 10)) || except.includes(text.slice(5, 10))) return false;
    const name = weekDays[(date - back + 3) % 7] ?? "MON";
    return open.some(
      ({ days, from, to }) => days.includes(name) && from <= time && time < (to > from ? to : to + 24 * 60),
    );
  };
  return begins(0, time) || begins(1, time + 24 * 60);
};

const zones = {
  "Europe/Berlin": ["2026-03-28T00:00Z", "2026-10-24T00:00Z"],
  "America/New_York": ["2026-03-07T12:00Z", "2026-10-31T12:00Z"],
  // Half an hour beside the others, in both hemispheres, and one that changes by half an hour.
  "America/St_Johns": ["2026-03-07T12:00Z", "2026-10-31T12:00Z"],
  "Australia/Adelaide": ["2026-04-04T00:00Z", "2026-10-03T00:00Z"],
  "Australia/Lord_Howe": ["2026-04-04T00:00Z", "2026-10-03T00:00Z"],
  "Pacific/Auckland": ["2026-04-03T12:00Z", "2026-09-26T00:00Z"],
  "Asia/Kolkata": ["2026-03-28T00:00Z"],
  UTC: ["2026-03-28T00:00Z"],
};
const hours = [
  ["06:00", "22:00"],
  ["22:00", "06:00"],
  ["02:15", "02:45"],
  ["01:30", "02:30"],
  ["00:00", "24:00"],
  ["23:30", "00:00"],
] as const;

for (const [zone, starts] of Object.entries(zones))
  test(`${zone}: open is what the clock on the wall shows, over changes of time`, (t) => {
    for (const start of starts.map(at)) {
      const end = start + 2 * day;
      const times = Array.from({ length: (end - start) / step }, (_, i) => start + i * step);
      const shown = times.map((time) => wallClock(zone, time));
      for (const [from, to] of hours)
        for (const except of from < to ? [[]] : [[], [new Date(start + day).toISOString().slice(0, 10)]]) {
          const one = windows(zone, from, to, { except });
          let sum = 0;
          let open = shows(one, shown[0] ?? 0);
          const changes: number[] = [];
          for (const [i, now] of times.entries()) {
            const should = shows(one, shown[i] ?? 0);
            if (should) sum += step;
            if (should === open) continue;
            changes.push(now);
            open = should;
            t.is(isOpenAt(one, now), should, `${from}-${to} at ${iso(now)}`);
            t.is(isOpenAt(one, now - 1), !should, `${from}-${to} just before ${iso(now)}`);
          }
          t.is(openFor(one, start, end), sum, `${from}-${to}`);
          const found: number[] = [];
          for (let now = start; ; ) {
            const next = nextChange(one, now);
            if (next === undefined || next >= end) break;
            found.push(next);
            now = next;
          }
          t.deepEqual(found.map(iso), changes.map(iso), `${from}-${to}`);
        }
    }
  });

test("a window of half an hour in the hour that is left out doesn't open on that day, and in the one that comes twice opens twice", (t) => {
  const one = windows("Europe/Berlin", "02:15", "02:45");
  t.is(iso(nextChange(one, at("2026-03-28T12:00Z"))), "2026-03-30T00:15:00.000Z");
  t.is(openFor(one, at("2026-10-24T12:00Z"), at("2026-10-25T12:00Z")), hour);
});

test("a night's window belongs to the day on which it begins, and a calendar closes it by that day", (t) => {
  const one = windows("Europe/Berlin", "22:00", "06:00", {
    open: [{ days: ["FRI"], from: clock("22:00"), to: clock("06:00") }],
    except: ["2026-01-16", "12-25"],
  });
  t.is(iso(nextChange(one, at("2026-01-10T12:00Z"))), "2026-01-23T21:00:00.000Z");
  t.is(iso(nextChange(one, at("2026-01-24T00:00Z"))), "2026-01-24T05:00:00.000Z");
  t.true(isDayOff(one, at("2026-01-16T12:00Z")));
  t.true(isDayOff(one, at("2027-12-25T12:00Z")));
  t.false(isDayOff(one, at("2026-01-17T12:00Z")));
});

test("over a weekend a file waits without growing older", (t) => {
  const one = windows("Europe/Berlin", "06:00", "22:00", {
    open: [{ days: working, from: clock("06:00"), to: clock("22:00") }],
  });
  t.is(openFor(one, at("2026-01-16T20:00Z"), at("2026-01-19T06:00Z")), 2 * hour);
  t.is(openFor(undefined, at("2026-01-16T20:00Z"), at("2026-01-19T06:00Z")), 58 * hour);
  t.is(iso(firstOpen(one, at("2026-01-17T20:00Z"))), "2026-01-19T05:00:00.000Z");
  t.is(iso(firstOpen(one, at("2026-01-16T20:00Z"))), "2026-01-16T20:00:00.000Z");
});

test("windows that calendars close for ever never open, and it is found out in a moment", (t) => {
  const everyDay = Array.from({ length: 366 }, (_, i) =>
    new Date(at("2028-01-01") + i * day).toISOString().slice(5, 10),
  );
  const one = windows("Australia/Lord_Howe", "00:00", "24:00", { except: everyDay });
  const began = performance.now();
  t.is(nextChange(one, at("2026-01-01")), undefined);
  t.is(firstOpen(one, at("2026-01-01")), undefined);
  t.is(openFor(one, at("2020-01-01"), at("2026-01-01")), 0);
  t.true(performance.now() - began < 1_000);
});

test("all day on all days doesn't close within a year, and one calendar's day closes it at midnight there", (t) => {
  t.is(nextChange(windows("America/St_Johns", "00:00", "24:00"), at("2026-03-01")), undefined);
  const one = windows("America/St_Johns", "00:00", "24:00", { except: ["07-01"] });
  t.is(iso(nextChange(one, at("2026-03-01"))), "2026-07-01T02:30:00.000Z");
  t.is(iso(nextChange(one, at("2026-07-01T12:00Z"))), "2026-07-02T02:30:00.000Z");
});
