import test from "ava";
import { gather } from "../../../lambda/src/report/gather.ts";
import type { Row } from "../../../lambda/src/report/rows.ts";
import { memoryBuckets, memoryObjects } from "../../helpers/memory-objects.ts";

const row = (stream: string, path: string): Row => ({
  stream,
  direction: "push",
  path,
  state: "delivered",
  known_at: null,
  delivered_at: "2026-11-28T10:00:00.000Z",
  destination: `inbox/${path}`,
  bytes: 1,
  sha256: "ab",
  attempts: 1,
  duration_ms: 5,
  error: null,
});
const placeOf = (stream: string) => ({ bucket: "audit", key: `${stream}.csv` });

const gathered = (streams: readonly string[], room = { all: 1_000, part: 400 }) => {
  const buckets = memoryBuckets();
  const places = new Map(streams.map((stream) => [stream, placeOf(stream)]));
  const objects = memoryObjects(buckets);
  const gathering = gather({ objects, storing: undefined, places, signal: AbortSignal.timeout(60_000), room });
  const lines = (stream: string) =>
    buckets.objects.get(`audit/${stream}.csv`)?.at(-1)?.bytes.toString().trimEnd().split("\r\n");
  return { buckets, gathering, lines };
};

test("rows of a stream come sorted below one head, whatever order they were read in", async (t) => {
  const { gathering, lines } = gathered(["acme", "globex"]);
  for (const path of ["c", "a", "b"]) await gathering.add("acme", row("acme", path));
  await gathering.add("nobody", row("nobody", "x"));
  t.is(await gathering.finish("acme"), 3);
  t.is(await gathering.finish("globex"), 0);
  t.deepEqual(
    lines("acme")?.map((text) => text.split(",")[2]),
    ["path", "a", "b", "c"],
  );
  t.is(lines("globex")?.length, 1, "a day without files has a head");
});

test("a stream of more rows than there is room for goes out in parts, each row once, below one head", async (t) => {
  const { buckets, gathering, lines } = gathered(["acme"]);
  for (let file = 0; file < 100; file++) await gathering.add("acme", row("acme", `f${file}`));
  t.is(buckets.objects.size, 0, "nothing is seen before it is whole");
  t.is(buckets.uploads.size, 1);
  t.is(await gathering.finish("acme"), 100);
  const paths = lines("acme")?.map((text) => text.split(",")[2]) ?? [];
  t.is(paths[0], "path");
  t.deepEqual(paths.slice(1).sort(), Array.from({ length: 100 }, (_, file) => `f${file}`).sort());
  t.is(buckets.uploads.size, 0);
});

test("of many streams that are too much together some are put off, and a few readings have all of them", async (t) => {
  const streams = Array.from({ length: 30 }, (_, index) => `s${index}`);
  const whole = new Map<string, number>();
  let readings = 0;
  while (whole.size < streams.length && readings < 30) {
    readings++;
    const due = streams.filter((stream) => !whole.has(stream));
    const { buckets, gathering, lines } = gathered(due, { all: 2_000, part: 400 });
    for (let file = 0; file < 5; file++)
      for (const stream of streams) await gathering.add(stream, row(stream, `f${file}`));
    for (const stream of due) {
      const rows = await gathering.finish(stream);
      t.is(lines(stream)?.length, rows === undefined ? undefined : 6, "all of its rows or no object");
      if (rows !== undefined) whole.set(stream, rows);
    }
    await gathering.abandon();
    t.is(buckets.uploads.size, 0);
  }
  t.is(whole.size, streams.length);
  t.true(readings > 1 && readings < 15, String(readings));
});

test("what is abandoned leaves no upload", async (t) => {
  const { buckets, gathering } = gathered(["acme"]);
  for (let file = 0; file < 100; file++) await gathering.add("acme", row("acme", `f${file}`));
  await gathering.abandon();
  t.is(buckets.uploads.size, 0);
  t.is(buckets.objects.size, 0);
});
