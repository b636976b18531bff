import test from "ava";
import { lastDay, nextDay, spanOf } from "../../../lambda/src/report/days.ts";

const hours = ({ from, to }: { from: number; to: number }) => (to - from) / 3_600_000;

for (const [zone, date, length] of [
  ["UTC", "2026-03-29", 24],
  ["Europe/Berlin", "2026-03-29", 23],
  ["Europe/Berlin", "2026-10-25", 25],
  ["America/Santiago", "2026-09-06", 23], // midnight itself is left out
  ["America/Havana", "2026-11-01", 25], // midnight comes twice
  ["Australia/Lord_Howe", "2026-04-05", 24.5],
  ["Asia/Kolkata", "2026-03-29", 24],
] as const) {
  test(`${date} in ${zone} has ${length} hours, and ends where the next day begins`, (t) => {
    const day = Date.parse(date);
    const dates = [-1, 0, 1].map((days) => new Date(day + days * 86_400_000).toISOString().slice(0, 10));
    const [before, that, next] = dates.map((one) => spanOf(zone, one));
    t.is(that && hours(that), length);
    t.is(before?.to, that?.from);
    t.is(that?.to, next?.from);
  });
}

test("a day is over a quarter of an hour after its midnight, by the clock of the zone", (t) => {
  t.is(lastDay("UTC", Date.parse("2026-11-29T00:14:59Z")), "2026-11-27");
  t.is(lastDay("UTC", Date.parse("2026-11-29T00:15:00Z")), "2026-11-28");
  t.is(lastDay("Asia/Kolkata", Date.parse("2026-11-28T18:45:00Z")), "2026-11-28");
  t.is(lastDay("America/Los_Angeles", Date.parse("2026-11-29T07:00:00Z")), "2026-11-27");
});

test("days follow each other, a week at most is made up for, and a clock that was wrong doesn't end it", (t) => {
  const now = Date.parse("2026-11-29T12:00:00Z");
  t.is(nextDay("UTC", undefined, now), "2026-11-28");
  t.is(nextDay("UTC", "2026-11-28", now), undefined);
  t.is(nextDay("UTC", "2026-11-27", now), "2026-11-28");
  t.is(nextDay("UTC", "2026-11-24", now), "2026-11-25");
  t.is(nextDay("UTC", "2026-01-01", now), "2026-11-22");
  t.is(nextDay("UTC", "2026-11-29", now), undefined, "a zone further east has had that day");
  t.is(nextDay("UTC", "2027-05-01", now), "2026-11-28");
});
