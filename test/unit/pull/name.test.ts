/** `pull.name`: what a file is called in S3, once for each version, and two files never the same. */
import test from "ava";
import type { PullConfig } from "../../../lambda/src/config/types.ts";
import { operate } from "../../../lambda/src/operator/commands.ts";
import { tick } from "../../../lambda/src/runs/tick.ts";
import { defaultSizes } from "../../../lambda/src/transfer/sizes.ts";
import { deaths, type Effects, noFaults, untilCrash } from "../../helpers/effects.ts";
import { place } from "../../helpers/memory-remote.ts";
import { pull, stream } from "../../helpers/streams.ts";
import { createWorld, untilLapsed, type World } from "../../helpers/world.ts";

const naming = (name: string, changes: Partial<PullConfig> = {}) => stream({ pull: { ...pull, name, ...changes } });
const old = Date.UTC(2025, 11, 1, 5, 6, 7) / 1000;
const hour = 3_600_000;

const keys = (world: World) => [...world.buckets.objects.keys()].toSorted();
const entryOf = (world: World, path: string) => world.entries().find((entry) => entry["path"] === path);
const errorOf = (world: World, path: string) => JSON.stringify(entryOf(world, path)?.["last_error"]);
const deliveriesOf = (world: World, path: string) => entryOf(world, path)?.["deliveries"] as { destination: string }[];

const pollAndDrain = async (world: World, turns = 1) => {
  const [config] = world.config.streams.values();
  for (let turn = 0; turn < turns; turn++) {
    if (config) await world.bridge().poll(config);
    await world.bridge().drainAll();
    world.time.now += hour;
  }
};

test("files get the names of the template, in the stream's time zone, and history finds them by these", async (t) => {
  const world = createWorld(
    naming("{dir}/{now:yyyy}/{stream}-{stem}-{mtime:MMdd}-{now:HHmmss}{ext}", { timeZone: "Asia/Kolkata" }),
  );
  world.time.now = Date.UTC(2026, 0, 1, 18, 29, 57);
  place(world.disk, "outbox/a/file.csv", "content", old);
  await pollAndDrain(world);
  const [key = ""] = keys(world);
  t.regex(key, /^bucket\/in\/a\/202[56]\/acme-file-1201-(2359|0000)\d\d\.csv$/);
  t.is(world.content("bucket", key.slice(7)), "content");
  t.is(deliveriesOf(world, "a/file.csv")[0]?.destination, key);
  t.deepEqual([...world.disk.files.keys()].length, 1, "the partner's own name stays in .done");
  t.regex([...world.disk.files.keys()][0] ?? "", /^outbox\/a\/\.done\/\d{14}-file\.csv$/);
  for (const path of ["a/file.csv", key.slice("bucket/in/".length), `s3://${key}`]) {
    const answer = await operate(world.bridge().invocation, "history", { stream: "acme", path });
    t.like(answer, { found: true, files: [{ path: "a/file.csv" }] }, path);
  }
});

test("numbers: a crash at any effect, and a newer version then: each once, none left out, none with two contents", async (t) => {
  for (const isReplaced of [false, true])
    for (const effects of deaths(10)) {
      const world = createWorld(naming("{seq:3}{ext}"));
      const seen = new Map<string, string>();
      const [config] = world.config.streams.values();
      const look = (where: string) => {
        for (const [key, versions] of world.buckets.objects) {
          const content = versions.at(-1)?.bytes.toString() ?? "";
          t.is(seen.get(key) ?? content, content, `${where}: ${key}`);
          seen.set(key, content);
        }
      };
      place(world.disk, "outbox/a.csv", "of a", old);
      if (config) await world.bridge().poll(config);
      await untilCrash(() => world.bridge(effects).drainAll());
      const where = effects.where();
      look(where);
      if (isReplaced && world.disk.files.has("outbox/a.csv")) place(world.disk, "outbox/a.csv", "a newer a", old + 60);
      world.time.now += untilLapsed;
      await pollAndDrain(world, 2);
      look(where);
      place(world.disk, "outbox/b.csv", "of b", old);
      await pollAndDrain(world);
      look(where);
      const contents = [...seen.values()];
      t.deepEqual(
        keys(world),
        contents.map((_, index) => `bucket/in/00${index + 1}.csv`),
        where,
      );
      t.is(contents.at(-1), "of b", where);
    }
});

test("a newer version takes the name of the older one, or a name of its own where the template has the time", async (t) => {
  for (const [name, count] of [
    ["{name}", 1],
    ["{name}-{now:yyyyMMddHHmmss}", 2],
    ["{name}-{mtime:yyyyMMddHHmmss}", 2],
  ] as const) {
    const world = createWorld(naming(name));
    place(world.disk, "outbox/a/f", "first", old);
    await pollAndDrain(world);
    place(world.disk, "outbox/a/f", "second", old + 60);
    await pollAndDrain(world);
    t.is(keys(world).length, count, name);
    t.is(world.content("bucket", keys(world).at(-1)?.slice(7) ?? ""), "second");
  }
});

test("what is sent again is new, although it looks the same; an operator's replay has the name that it had", async (t) => {
  const world = createWorld(naming("{name}-{now:yyyyMMddHHmmss}"));
  place(world.disk, "outbox/f", "content", old);
  await pollAndDrain(world);
  place(world.disk, "outbox/f", "c0ntent", old);
  await pollAndDrain(world);
  const after = keys(world);
  t.deepEqual(
    after.map((key) => world.content("bucket", key.slice(7))),
    ["content", "c0ntent"],
  );
  await operate(world.bridge().invocation, "replay", { stream: "acme", direction: "pull", path: "f", force: true });
  await pollAndDrain(world);
  t.deepEqual(keys(world), after);
  t.is(deliveriesOf(world, "f").length, 3);
});

for (const sizes of [defaultSizes, { ...defaultSizes, part: 5, quick: 5, checkpointEvery: 0 }])
  test(`a crash at any effect puts a version under one name, whatever time and template are by then: ${sizes === defaultSizes ? "at once" : "in parts"}`, async (t) => {
    for (const effects of deaths(15)) {
      const side = { ...pull, name: "{stem}-{now:yyyyMMddHHmmss}{ext}" };
      const config = stream({ pull: side });
      const world = createWorld(config);
      const bridge = (given: Effects = noFaults) => world.bridge(given, undefined, { sizes });
      place(world.disk, "outbox/file.csv", "some content", old);
      await bridge().poll(config);
      await untilCrash(() => bridge(effects).drainAll());
      if (keys(world).length > 0) side.name = "other-{name}";
      for (let turn = 0; turn < 3; turn++) {
        world.time.now += untilLapsed;
        await bridge().poll(config);
        await bridge().drainAll();
      }
      const where = effects.where();
      t.is(keys(world).length, 1, where);
      t.is(world.content("bucket", keys(world)[0]?.slice(7) ?? ""), "some content", where);
      t.like(entryOf(world, "file.csv"), { state: "delivered" }, where);
      t.is(deliveriesOf(world, "file.csv").at(-1)?.destination, keys(world)[0], where);
    }
  });

test("a version that came to S3 before a crash is in the journal, under its name, when a newer one has come", async (t) => {
  const config = naming("{name}-{now:yyyyMMddHHmmss}", { after: "keep" });
  for (const effects of deaths()) {
    const world = createWorld(config);
    place(world.disk, "outbox/f", "first", old);
    await world.bridge().poll(config);
    await untilCrash(() => world.bridge(effects).drainAll());
    place(world.disk, "outbox/f", "second", old + 60);
    for (let turn = 0; turn < 4; turn++) {
      world.time.now += untilLapsed;
      await world.bridge().poll(config);
      await world.bridge().drainAll();
    }
    const told = deliveriesOf(world, "f").map(({ destination }) => destination);
    const where = effects.where();
    t.deepEqual([...new Set(told)].toSorted(), keys(world), `all that is there is in the journal (${where})`);
    t.is(world.content("bucket", told.at(-1)?.slice(7) ?? ""), "second", where);
  }
});

test("two files that would have one name: the second fails and names both, and its file stays at the partner", async (t) => {
  const world = createWorld(naming("{name}"));
  place(world.disk, "outbox/a/f", "of a", old);
  await pollAndDrain(world);
  place(world.disk, "outbox/b/f", "of b", old);
  await pollAndDrain(world, 10);
  t.deepEqual(keys(world), ["bucket/in/f"]);
  t.is(world.content("bucket", "in/f"), "of a");
  t.regex(errorOf(world, "b/f") ?? "", /b\/f.*a\/f.*would both be called.*pull\.name/);
  t.is(entryOf(world, "b/f")?.["state"], "failed");
  t.true(world.disk.files.has("outbox/b/f"));
});

test("of two files that ask for one name in one run, the one that doesn't get it is told so, and waits", async (t) => {
  const world = createWorld(naming("{name}"));
  for (const name of ["a", "b"]) place(world.disk, `outbox/${name}/f`, `of ${name}`, old);
  await pollAndDrain(world);
  const [loser, ...others] = world.entries().filter(({ state }) => state === "pending");
  t.deepEqual(others, []);
  t.regex(JSON.stringify(loser?.["last_error"]), /would both be called/);
  t.is(world.buckets.objects.get("bucket/in/f")?.length, 1, "nothing was overwritten");
  t.true(world.disk.files.has(String(loser?.["source_location"])));
});

test("a name that can't be one fails its file and no other, and says what made it", async (t) => {
  const long = "x".repeat(250);
  const world = createWorld(naming("{dir}/{stem}-{now:yyyyMMdd}{ext}"));
  place(world.disk, `outbox/${long}.c`, "too long", old);
  place(world.disk, "outbox/short.c", "fine", old);
  await pollAndDrain(world, 9);
  t.is(keys(world).length, 1);
  t.regex(errorOf(world, `${long}.c`) ?? "", /pull\.name = .*which has a name of 261 bytes/);
  t.is(entryOf(world, `${long}.c`)?.["state"], "failed");

  const deep = createWorld(naming("{dir}/{name}/{name}/{name}/{name}/{name}"));
  place(deep.disk, `outbox/${"y".repeat(240)}`, "too long", old);
  await pollAndDrain(deep, 9);
  t.regex(errorOf(deep, "y".repeat(240)) ?? "", /S3 key of 1207 bytes; S3 allows 1024/);
});

test("an upload under a name of the template that a dead run has left is swept, and no other", async (t) => {
  const world = createWorld(naming("{name}"));
  place(world.disk, "outbox/a/f", "content", old);
  await pollAndDrain(world);
  for (const key of ["in/f", "in/other"])
    world.buckets.uploads.set(key, { place: `bucket/${key}`, metadata: {}, parts: new Map(), begun: world.time.now });
  world.time.now += 25 * hour;
  await tick(world.bridge().invocation);
  t.deepEqual([...world.buckets.uploads.keys()], ["in/other"]);
});
