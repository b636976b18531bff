/** `pull.archive`: where pulled files are moved to, and what they are called there. */
import test from "ava";
import type { PullConfig } from "../../../lambda/src/config/types.ts";
import type { Entry } from "../../../lambda/src/journal/entry.ts";
import { operate } from "../../../lambda/src/operator/commands.ts";
import { archivePathFor } from "../../../lambda/src/pull/archive.ts";
import type { PullContext } from "../../../lambda/src/pull/context.ts";
import { Crash, deaths, untilCrash } from "../../helpers/effects.ts";
import { place } from "../../helpers/memory-remote.ts";
import { pull, stream } from "../../helpers/streams.ts";
import { createWorld, untilLapsed, type World } from "../../helpers/world.ts";

const archiving = (archive: PullConfig["archive"], changes: Partial<PullConfig> = {}) =>
  stream({ pull: { ...pull, ...(archive && { archive }), ...changes } });
const old = Date.UTC(2025, 11, 1) / 1000;
const hour = 3_600_000;
const day = 24 * hour;

const files = (world: World) => [...world.disk.files.keys()].map((path) => path.replace(/\d{14}/, "STAMP")).toSorted();
const versions = (world: World, key: string) =>
  (world.buckets.objects.get(`bucket/${key}`) ?? []).map((one) => one?.bytes.toString());
const entryOf = (world: World, path: string) => world.entries().find((entry) => entry["path"] === path);

const pollAndDrain = async (world: World, turns = 1) => {
  const [config] = world.config.streams.values();
  for (let turn = 0; turn < turns; turn++) {
    if (config) await world.bridge().poll(config);
    await world.bridge().drainAll();
    world.time.now += hour;
  }
};

test("files go to the archive with their own directories and a stamp, are never polled there, and are purged", async (t) => {
  for (const directory of ["outbox/old", "archive/acme"]) {
    const world = createWorld(archiving({ directory }));
    place(world.disk, "outbox/f", "one", old);
    place(world.disk, "outbox/sub/g", "two", old);
    place(world.disk, `${directory}/20200101000000-report.csv`, "somebody else's", old);
    await pollAndDrain(world, 3);
    t.deepEqual(files(world), [`${directory}/STAMP-f`, `${directory}/STAMP-report.csv`, `${directory}/sub/STAMP-g`]);
    t.deepEqual([...world.buckets.objects.keys()], ["bucket/in/f", "bucket/in/sub/g"]);
    t.regex(JSON.stringify(entryOf(world, "sub/g")?.["deliveries"]), /"archived":"[^"]*\/sub\/\d{14}-g"/);
    world.time.now += 15 * day;
    await pollAndDrain(world);
    t.deepEqual(files(world), [`${directory}/STAMP-report.csv`], "what the journal doesn't know stays");
  }
});

test("a directory that is spelled almost like the archive isn't polled, and that is told", async (t) => {
  const world = createWorld(archiving({ directory: "outbox/old" }));
  place(world.disk, "outbox/Old/f", "content", old);
  const { telemetry } = world.bridge();
  const bridge = world.bridge();
  const [config] = world.config.streams.values();
  if (config) await bridge.poll(config);
  await bridge.drainAll();
  t.deepEqual(files(world), ["outbox/Old/f"]);
  t.deepEqual(telemetry.lines, []);
  t.regex(JSON.stringify(bridge.telemetry.lines), /spelled almost like the archive.*pull\.archive\.directory/);
});

test("names of a template: collisions get a number, and nothing is overwritten, however many there are", async (t) => {
  const world = createWorld(archiving({ name: "{stem}-{mtime:yyyyMMdd}{ext}" }));
  for (let turn = 0; turn < 13; turn++) {
    place(world.disk, "outbox/a/report.csv", `content ${turn}`, old + turn);
    await pollAndDrain(world);
  }
  const there = files(world);
  t.is(there.length, 13);
  t.true(
    there.every((path) => /^outbox\/a\/\.done\/report-20251201(~\d|~STAMP(-\d)?)?\.csv$/.test(path)),
    there.join(),
  );
  t.is(new Set([...world.disk.files.values()].map(({ bytes }) => bytes.toString())).size, 13);
  world.time.now += 100 * day;
  await pollAndDrain(world);
  t.is(files(world).length, 13, "without a stamp of ours nothing says how old they are");
});

test("a name that gets too long in the archive is cut before its ending, between characters", (t) => {
  const entry = { source_location: "outbox/f", source: { time: 0 } } as unknown as Entry;
  const config = archiving({ name: "{stem}-archived{ext}" });
  const context = { stream: config, pull: config.pull, clock: { wall: () => 0 } } as unknown as PullContext;
  const path = archivePathFor({ ...entry, path: `${"ü".repeat(125)}.csv` }, 1, context);
  t.true(path.startsWith("outbox/.done/üü"));
  t.true(path.endsWith("~1.csv"));
  t.true(Buffer.byteLength(path.slice("outbox/.done/".length)) <= 255);
  t.false(path.includes("\uFFFD"));
});

test("markers that are moved go there as well", async (t) => {
  const ready = { marker: "{name}.ok", scope: "file", after: "move", checksum: "none", deliver: false } as const;
  const world = createWorld(archiving({ directory: "old", name: "{dir}/{name}" }, { ready }));
  place(world.disk, "outbox/a/f", "content", old);
  place(world.disk, "outbox/a/f.ok", "", old);
  await pollAndDrain(world, 3);
  t.deepEqual(files(world), ["old/a/f", "old/a/f.ok"]);
});

for (const archive of [{ directory: "outbox/old" }, { directory: "outbox/old", name: "{name}" }])
  test(`a crash at any effect leaves each file once in S3's record and once in the archive: ${archive.name ?? "stamped"}`, async (t) => {
    const config = archiving(archive);
    for (const effects of deaths(25)) {
      const world = createWorld(config);
      // Of one size and time: nothing but the record says whose file lies under a name.
      for (const name of ["a", "b"]) place(world.disk, `outbox/${name}/f`, `of ${name}`, old);
      await world.bridge().poll(config);
      await untilCrash(() => world.bridge(effects).drainAll());
      for (let turn = 0; turn < 4; turn++) {
        world.time.now += untilLapsed;
        await world.bridge().poll(config);
        await world.bridge().drainAll();
      }
      const where = effects.where();
      t.deepEqual(
        [...world.disk.files.values()].map(({ bytes }) => bytes.toString()).toSorted(),
        ["of a", "of b"],
        where,
      );
      t.true(
        files(world).every((path) => path.startsWith("outbox/old/")),
        `${where}: ${files(world).join()}`,
      );
      for (const name of ["a", "b"]) {
        t.deepEqual([...new Set(versions(world, `in/${name}/f`))], [`of ${name}`], where);
        t.like(entryOf(world, `${name}/f`), { state: "delivered" }, where);
        const deliveries = entryOf(world, `${name}/f`)?.["deliveries"] as { archived?: string }[];
        t.is(deliveries.length, 1, where);
        const archived = world.disk.files.get(deliveries[0]?.archived ?? "");
        t.is(archived?.bytes.toString(), `of ${name}`, `${where}: the journal says where it lies`);
      }
    }
  });

test("a run that died before it had the name leaves what another file has there alone", async (t) => {
  const config = archiving({ directory: "outbox/old", name: "{name}" });
  const world = createWorld(config);
  place(world.disk, "outbox/a/f", "of a", old);
  await world.bridge().poll(config);
  let died = false;
  const dying = world.bridge(async (name, effect) => {
    if (died) throw new Crash(name);
    const result = await effect();
    const [entry] = world.entries();
    died = (entry?.["progress"] as { phase?: string } | undefined)?.phase === "moving";
    if (died) throw new Crash(name);
    return result;
  });
  await t.throwsAsync(dying.drainAll(), { instanceOf: Crash });
  place(world.disk, "outbox/old/f", "another's, and larger", old + 5);
  for (let turn = 0; turn < 3; turn++) {
    world.time.now += untilLapsed;
    await world.bridge().poll(config);
    await world.bridge().drainAll();
  }
  t.deepEqual(files(world), ["outbox/old/f", "outbox/old/f~1"]);
  t.is(world.disk.files.get("outbox/old/f")?.bytes.toString(), "another's, and larger");
  t.deepEqual([...world.buckets.objects.keys()], ["bucket/in/a/f"]);
});

test("an operator's replay finds a file in the archive, by the stamp or by its record", async (t) => {
  for (const archive of [{ directory: "old" }, { directory: "old", name: "{mtime:yyyy}/{name}" }]) {
    const world = createWorld(archiving(archive));
    place(world.disk, "outbox/a/f", "content", old);
    await pollAndDrain(world);
    t.is(files(world).length, 1);
    const asked = { stream: "acme", direction: "pull", path: "a/f", force: true };
    await operate(world.bridge().invocation, "replay", asked);
    await pollAndDrain(world);
    t.is(versions(world, "in/a/f").length, 2, JSON.stringify(archive));
    t.is(files(world).length, 1);
    t.true(files(world)[0]?.startsWith("old/"));
  }
});
