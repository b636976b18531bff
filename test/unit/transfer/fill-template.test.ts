import test from "ava";
import { fillTemplate, formatTime } from "../../../lambda/src/transfer/fill-template.ts";

const named = {
  path: "a/b/report.tar.gz",
  stream: "acme",
  now: Date.UTC(2026, 0, 31, 23, 30, 5),
  mtime: Date.UTC(2025, 11, 31, 12, 0, 0),
  timeZone: "UTC",
};

for (const [template, expected] of [
  ["{dir}/{name}", "a/b/report.tar.gz"],
  ["{stem}{ext}", "report.tar.gz"],
  ["{stream}-{stem}-{now:yyyyMMdd-HHmmss}{ext}", "acme-report.tar-20260131-233005.gz"],
  ["{mtime:yyyy}/{mtime:MM}/{name}", "2025/12/report.tar.gz"],
  ["{stem}-{seq:6}{ext}", "report.tar-000042.gz"],
  ["{seq:1}-{seq}", "42-42"],
  ["{now:yy.MM.ddTHH_mm_ss}", "26.01.31T23_30_05"],
] as const)
  test(`${template} gives ${expected}`, (t) => {
    t.is(fillTemplate(template, { ...named, number: 42 }), expected);
  });

test("a name that has fields in itself stays as it is, and so does one without an ending", (t) => {
  t.is(fillTemplate("{dir}/x-{name}", { ...named, path: "{dir}/{now:yyyy}" }), "{dir}/x-{now:yyyy}");
  t.is(fillTemplate("{dir}/{stem}-1{ext}", { ...named, path: ".profile" }), ".profile-1");
});

// Both hemispheres, and a zone that moves by half an hour: before and after each of its changes in 2026.
for (const [zone, utc, local] of [
  ["Europe/Berlin", "2026-03-29T00:59:59Z", "20260329-015959"],
  ["Europe/Berlin", "2026-03-29T01:00:00Z", "20260329-030000"],
  ["Europe/Berlin", "2026-10-25T00:30:00Z", "20261025-023000"],
  ["Europe/Berlin", "2026-10-25T01:30:00Z", "20261025-023000"],
  ["America/Santiago", "2026-04-05T02:59:59Z", "20260404-235959"],
  ["America/Santiago", "2026-04-05T03:00:00Z", "20260404-230000"],
  ["Australia/Lord_Howe", "2026-04-04T14:59:59Z", "20260405-015959"],
  ["Australia/Lord_Howe", "2026-04-04T15:00:00Z", "20260405-013000"],
  ["Asia/Kolkata", "2026-01-01T18:30:00Z", "20260102-000000"],
] as const)
  test(`${utc} in ${zone} is ${local}`, (t) => {
    t.is(formatTime(Date.parse(utc), "yyyyMMdd-HHmmss", zone), local);
  });
