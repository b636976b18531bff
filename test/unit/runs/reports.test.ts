import test from "ava";
import { dispatch } from "../../../lambda/src/dispatch.ts";
import { readStreamStates } from "../../../lambda/src/journal/stream-state.ts";
import { writeReports } from "../../../lambda/src/runs/reports.ts";
import type { Effects } from "../../helpers/effects.ts";
import { push, stream } from "../../helpers/streams.ts";
import { createWorld, type World } from "../../helpers/world.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const reporting = (zone = "UTC", streams: readonly string[] = ["acme"]) => {
  const world = createWorld(stream({ push }), stream({ name: "globex", push: { ...push, prefix: "globex/" } }));
  Object.assign(world.config, { reports: { bucket: "audit", prefix: "reports/", timeZone: zone, streams } });
  return world;
};
const tick = async (world: World, effects?: Effects, remaining?: () => number) => {
  const { invocation, telemetry } = world.bridge(effects, undefined, remaining && { remaining });
  await dispatch(invocation, { action: "tick" });
  return telemetry.lines;
};
const send = async (world: World, key: string) => {
  await world.bridge().intake(world.put("bucket", `out/${key}`, "content"));
  await world.bridge().drainAll();
};
const reports = (world: World) => [...world.buckets.objects.keys()].filter((name) => name.startsWith("audit/")).sort();
const rows = (world: World, name: string, of = "acme") =>
  world
    .content("audit", `reports/${of}/${name}.csv`)
    ?.trimEnd()
    .split("\r\n")
    .slice(1)
    .map((text) => text.split(",").slice(2, 4).join(" "));
const errors = (lines: Awaited<ReturnType<typeof tick>>) => lines.filter(({ level }) => level === "error");

/** Counts readings of the whole journal. */
const counting = () => {
  const counted = { scans: 0 };
  const effects: Effects = async (name, effect) => {
    if (name === "table.scanSince") counted.scans++;
    return effect();
  };
  return { counted, effects };
};
const denied: Effects = async (name, effect) => {
  if (name === "objects.put") throw new Error("AccessDenied");
  return effect();
};

test("a day's report has what was delivered on it, and what waits; once, and only of streams that want one", async (t) => {
  const world = reporting();
  const { counted, effects } = counting();
  await send(world, "a");
  await tick(world, effects);
  t.deepEqual(reports(world), ["audit/reports/acme/2025-12-30.csv"], "the day before isn't settled");
  world.time.now += 15 * minute;
  await tick(world, effects);
  t.deepEqual(reports(world).slice(1), ["audit/reports/acme/2025-12-31.csv"]);
  t.deepEqual(rows(world, "2025-12-31"), []);
  await world.bridge().intake(world.put("bucket", "globex/theirs", "content"));
  world.time.now = Date.UTC(2026, 0, 1, 23, 59);
  await world.bridge().intake(world.put("bucket", "out/waits", "content"));
  world.time.now = Date.UTC(2026, 0, 2, 0, 14);
  await send(world, "b");
  // Sent with it, so it is of the 2nd.
  world.time.now = Date.UTC(2026, 0, 2, 0, 15);
  for (let turn = 0; turn < 3; turn++) {
    await tick(world, effects);
    world.time.now += 7 * hour;
  }
  t.deepEqual(reports(world).slice(2), ["audit/reports/acme/2026-01-01.csv"]);
  t.deepEqual(rows(world, "2026-01-01"), ["a delivered"]);
  t.is(counted.scans, 3);
  world.time.now += day;
  await tick(world, effects);
  t.deepEqual(rows(world, "2026-01-02")?.sort(), ["b delivered", "waits delivered"]);
});

test("what waits or has failed as it is written is there, if it was known on that day", async (t) => {
  const world = reporting();
  world.time.now += 12 * hour;
  await tick(world);
  await world.bridge().intake(world.put("bucket", "out/stuck", "content"));
  world.time.now += day;
  await world.bridge().intake(world.put("bucket", "out/later", "content"));
  const unreachable: Effects = async (name, effect) => {
    if (name === "connect") throw new Error("no");
    return effect();
  };
  await tick(world, unreachable);
  t.deepEqual(rows(world, "2026-01-01"), ["stuck waiting"]);
});

test("the day is that of the time zone", async (t) => {
  const world = reporting("Asia/Kolkata");
  world.time.now = Date.UTC(2026, 0, 1, 12);
  await tick(world);
  world.time.now = Date.UTC(2026, 0, 1, 18, 29);
  await send(world, "before");
  world.time.now = Date.UTC(2026, 0, 1, 18, 31);
  await send(world, "after");
  world.time.now = Date.UTC(2026, 0, 1, 18, 45);
  await tick(world);
  t.deepEqual(rows(world, "2026-01-01"), ["before delivered"]);
  world.time.now += day;
  await tick(world);
  t.deepEqual(rows(world, "2026-01-02"), ["after delivered"]);
});

test("one that can't be written is an error of its stream, is left alone for an hour, and comes under the same name", async (t) => {
  const world = reporting("UTC", ["acme", "globex"]);
  world.time.now += hour;
  const [first] = errors(await tick(world, denied));
  t.regex(first?.message ?? "", /couldn't be written; it is tried again/);
  t.is(first?.fields["stream"], "acme");
  t.is(first?.fields["object"], "s3://audit/reports/acme/2025-12-31.csv");
  const { counted, effects } = counting();
  world.time.now += 59 * minute;
  await tick(world, effects);
  t.is(counted.scans, 0);
  world.time.now += 2 * minute;
  await tick(world, effects);
  t.deepEqual(reports(world), ["audit/reports/acme/2025-12-31.csv", "audit/reports/globex/2025-12-31.csv"]);
});

test("one stream's refused object keeps no other from its report", async (t) => {
  const world = reporting("UTC", ["acme", "globex"]);
  world.time.now += hour;
  let puts = 0;
  const once: Effects = async (name, effect) => {
    if (name === "objects.put" && puts++ === 0) throw new Error("AccessDenied");
    return effect();
  };
  const told = errors(await tick(world, once));
  t.is(told.length, 1);
  t.deepEqual(reports(world), ["audit/reports/globex/2025-12-31.csv"]);
});

test("a journal that can't be read through in time is told of, and no half of a report is seen", async (t) => {
  const world = reporting();
  await send(world, "a");
  world.time.now += day + hour;
  let left = 900_000;
  const slow: Effects = async (name, effect) => {
    if (name === "table.scanSince") left = 10_000;
    return effect();
  };
  const told = errors(await tick(world, slow, () => left));
  t.regex(String(told.find(({ message }) => /report/.test(message))?.fields["error"]), /raise `timeout`/);
  t.deepEqual(reports(world), []);
});

test("while one tick writes no other begins, and what a dead one has begun is written later", async (t) => {
  const world = reporting();
  world.time.now += hour;
  const { counted, effects } = counting();
  const dies: Effects = async (name, effect) => {
    // Nobody answers any more, as to a process that is gone.
    if (name === "table.scanSince") return new Promise(() => {});
    return effect();
  };
  void tick(world, dies);
  while (![...world.items.keys()].some((key) => key.endsWith("acme#report"))) await new Promise(setImmediate);
  world.time.now += minute;
  await tick(world, effects);
  world.time.now += 14 * minute;
  await tick(world, effects);
  t.is(counted.scans, 0);
  world.time.now += 2 * minute;
  await tick(world, effects);
  t.is(counted.scans, 1);
  t.deepEqual(reports(world), ["audit/reports/acme/2025-12-31.csv"]);
});

test("days on which nothing ran are made up for, one with each tick", async (t) => {
  const world = reporting();
  world.time.now += hour;
  await tick(world);
  await send(world, "a");
  world.time.now += 3 * day;
  for (let turn = 0; turn < 5; turn++) {
    world.time.now += minute;
    await tick(world);
  }
  t.deepEqual(
    reports(world).map((name) => name.slice(-14, -4)),
    ["2025-12-31", "2026-01-01", "2026-01-02", "2026-01-03"],
  );
  t.deepEqual(rows(world, "2026-01-01"), ["a delivered"]);
  t.deepEqual(rows(world, "2026-01-03"), []);
});

test("a stream that there was no room for isn't taken for written, and has its report from the next tick", async (t) => {
  const world = reporting("UTC", ["acme", "globex"]);
  for (let file = 0; file < 5; file++) await send(world, `a${file}`);
  await world.bridge().intake(world.put("bucket", "globex/theirs", "content"));
  await world.bridge().drainAll();
  world.time.now += hour;
  await tick(world);
  world.time.now += day;
  const { invocation } = world.bridge();
  const { reports: wanted } = invocation.deps.config;
  if (!wanted) throw new Error("no reports");
  const { table } = invocation.deps;
  await writeReports(invocation, wanted, await readStreamStates(table), { all: 800, part: 700 });
  t.is(rows(world, "2026-01-01")?.length, 5);
  t.is(rows(world, "2026-01-01", "globex"), undefined);
  t.is(world.buckets.uploads.size, 0);
  await tick(world);
  t.deepEqual(rows(world, "2026-01-01", "globex"), ["theirs delivered"]);
});

test("without reports nobody reads the whole journal", async (t) => {
  const world = createWorld(stream({ push }));
  world.time.now += 3 * day;
  const { counted, effects } = counting();
  await tick(world, effects);
  t.is(counted.scans, 0);
});
