/** `push.name`: what a file is called at the partner, once for each version, and two files never the same. */
import test from "ava";
import type { PushConfig } from "../../../lambda/src/config/types.ts";
import { operate } from "../../../lambda/src/operator/commands.ts";
import { RemoteError } from "../../../lambda/src/sftp/errors.ts";
import { deaths, untilCrash } from "../../helpers/effects.ts";
import { push, stream } from "../../helpers/streams.ts";
import { createWorld, untilLapsed, type World } from "../../helpers/world.ts";

const naming = (name: string, changes: Partial<PushConfig> = {}) => stream({ push: { ...push, name, ...changes } });
const files = (world: World) => [...world.disk.files.keys()].toSorted();
const text = (world: World, path: string) => world.disk.files.get(path)?.bytes.toString();
const errorOf = (world: World, path: string) =>
  JSON.stringify(world.entries().find((entry) => entry["path"] === path)?.["last_error"]);
const hour = 3_600_000;

test("files get the names of the template, in the stream's time zone, with their markers", async (t) => {
  const config = naming("{dir}/{stream}-{stem}-{now:yyyyMMddHHmmss}{ext}", {
    timeZone: "Asia/Kolkata",
    marker: { name: "{name}.done", content: "empty" },
  });
  const world = createWorld(config);
  const unfinished = new Set<string>();
  world.disk.watch = () => {
    for (const path of files(world)) if (path.endsWith(".tmp")) unfinished.add(path.replace(/\/[^/]*$/, ""));
  };
  await world.bridge().intake(world.put("bucket", "out/a/file.csv", "content"));
  world.time.now = Date.UTC(2026, 0, 1, 18, 29, 57); // the lease takes its two seconds
  await world.bridge().drainAll();
  t.deepEqual(files(world), ["inbox/a/acme-file-20260101235959.csv", "inbox/a/acme-file-20260101235959.csv.done"]);
  t.deepEqual([...unfinished], ["inbox"]);
  const [entry] = world.entries();
  t.like(entry?.["deliveries"], [{ destination: "inbox/a/acme-file-20260101235959.csv" }]);
});

test("a newer version takes the name of the older one, or a name of its own where the template has the time", async (t) => {
  for (const [name, expected] of [
    ["{name}", ["inbox/f"]],
    ["{name}-{now:yyyyMMddHHmmss}", ["inbox/f-20260101000003", "inbox/f-20260101010006"]],
  ] as const) {
    const world = createWorld(naming(name));
    await world.bridge().intake(world.put("bucket", "out/a/f", "first"));
    await world.bridge().drainAll();
    world.time.now += hour;
    await world.bridge().intake(world.put("bucket", "out/a/f", "second"));
    await world.bridge().drainAll();
    t.deepEqual(files(world), [...expected]);
    t.is(text(world, expected.at(-1) ?? ""), "second");
  }
});

for (const upload of ["atomic", "direct"] as const)
  test(`a crash at any effect sends a file once, under one name, whatever the time is by then: ${upload}`, async (t) => {
    for (const effects of deaths(15)) {
      const side = { ...push, upload, name: "{stem}-{now:yyyyMMddHHmmss}{ext}" };
      const world = createWorld(stream({ push: side }));
      const names = new Set<string>();
      const arrivals = new Set<number>();
      world.disk.watch = () => {
        for (const [path, { inode }] of world.disk.files) {
          if (path.endsWith(".tmp")) continue;
          names.add(path);
          arrivals.add(inode);
        }
      };
      await world.bridge().intake(world.put("bucket", "out/file.csv", "content"));
      await untilCrash(() => world.bridge(effects).drainAll());
      // What was decided stays, also where the template doesn't.
      const isDecided = names.size > 0;
      if (isDecided) side.name = "other-{name}";
      for (let turn = 0; turn < 3; turn++) {
        world.time.now += untilLapsed;
        await world.bridge().drainAll();
      }
      const where = effects.where();
      t.is(names.size, 1, where);
      if (upload === "atomic") t.is(arrivals.size, 1, where);
      t.deepEqual(files(world), [...names], where);
      t.is(world.entries()[0]?.["state"], "delivered", where);
    }
  });

test("a version that was sent before a crash is known by its name when a newer one has come", async (t) => {
  for (const effects of deaths()) {
    const world = createWorld(naming("{name}-{now:yyyyMMddHHmmss}"));
    await world.bridge().intake(world.put("bucket", "out/f", "first"));
    await untilCrash(() => world.bridge(effects).drainAll());
    await world.bridge().intake(world.put("bucket", "out/f", "second"));
    for (let turn = 0; turn < 3; turn++) {
      world.time.now += untilLapsed;
      await world.bridge().drainAll();
    }
    const deliveries = world.entries()[0]?.["deliveries"] as { destination: string }[];
    const told = deliveries.map(({ destination }) => destination);
    t.deepEqual(files(world), told.toSorted(), `all that is there is in the journal (${effects.where()})`);
  }
});

test("a file that was given up and is redriven has the name that was decided for it", async (t) => {
  const world = createWorld(naming("{name}-{now:yyyyMMddHHmmss}", { upload: "direct", verify: "off" }));
  await world.bridge().intake(world.put("bucket", "out/f", "content"));
  let isRefused = true;
  const bridge = () =>
    world.bridge(async (name, effect) => {
      if (name === "remote.close" && isRefused) throw new RemoteError("permission", "not now");
      return effect();
    });
  for (let turn = 0; turn < 10; turn++) {
    await bridge().drainAll();
    world.time.now += hour;
  }
  t.is(world.entries()[0]?.["state"], "failed");
  isRefused = false;
  await operate(bridge().invocation, "redrive", { stream: "acme" });
  t.deepEqual(files(world), ["inbox/f-20260101000003"]);
});

test("two files that would have one name: the second fails and names both, and gets it once the first doesn't want it", async (t) => {
  const world = createWorld(naming("{name}"));
  await world.bridge().intake(world.put("bucket", "out/a/f", "of a"));
  await world.bridge().drainAll();
  await world.bridge().intake(world.put("bucket", "out/b/f", "of b"));
  for (let turn = 0; turn < 10; turn++) {
    await world.bridge().drainAll();
    world.time.now += hour;
  }
  t.is(text(world, "inbox/f"), "of a");
  t.regex(errorOf(world, "b/f") ?? "", /b\/f.*a\/f.*would both be called.*push\.name/);
  t.is(world.entries().find(({ path }) => path === "b/f")?.["state"], "failed");

  const other = createWorld(naming("{name}"));
  await other.bridge().intake(other.put("bucket", "out/a/f", "of a"));
  const refusing = other.bridge(async (name, effect) => {
    if (name === "remote.openWrite") throw new RemoteError("failure", "no");
    return effect();
  });
  await refusing.drainAll();
  await operate(other.bridge().invocation, "skip", { stream: "acme", path: "a/f" });
  await other.bridge().intake(other.put("bucket", "out/b/f", "of b"));
  await other.bridge().drainAll();
  t.is(text(other, "inbox/f"), "of b", "the first was never sent");
});

test("of two files that ask for one name in one run, the one that doesn't get it is told so, and waits", async (t) => {
  const world = createWorld(naming("{name}"));
  for (const name of ["a", "b"]) await world.bridge().intake(world.put("bucket", `out/${name}/f`, `of ${name}`));
  await world.bridge().drainAll();
  const [loser, ...others] = world.entries().filter(({ state }) => state === "pending");
  t.deepEqual(others, []);
  t.regex(JSON.stringify(loser?.["last_error"]), /would both be called/);
  t.true(Number(loser?.["next_attempt"]) > world.time.now);
});

test("a crash at any effect of the first lets the second have the name or not, and never both", async (t) => {
  for (const effects of deaths()) {
    const world = createWorld(naming("{name}"));
    const seen = new Set<string>();
    world.disk.watch = () => {
      const there = text(world, "inbox/f");
      if (there !== undefined) seen.add(there);
    };
    for (const name of ["a", "b"]) await world.bridge().intake(world.put("bucket", `out/${name}/f`, `of ${name}`));
    await untilCrash(() => world.bridge(effects).drainAll());
    for (let turn = 0; turn < 3; turn++) {
      world.time.now += untilLapsed;
      await world.bridge().drainAll();
    }
    const where = `${effects.where()}: ${[...seen].join()}`;
    t.is(seen.size, 1, where);
    t.deepEqual(files(world), ["inbox/f"], where);
    t.deepEqual(
      world
        .entries()
        .map(({ state }) => state)
        .toSorted(),
      ["delivered", "pending"],
      where,
    );
  }
});

test("a name that only the template makes too long, or that isn't one, is refused with the reason", async (t) => {
  for (const [key, template, reason] of [
    ["x".repeat(250), "{name}-{now:yyyyMMdd}", /push\.name = .* has a name of 259 bytes; servers allow 255/],
    ["a/..b", "{stem}", /push\.name = .* has the segment/],
    ["a/C:x", "{name}", /push\.name = .* begins with the drive letter/],
    [
      `${"d/".repeat(220)}f`,
      `{dir}/${"x".repeat(240)}/{stem}/${"x".repeat(240)}/${"x".repeat(240)}`,
      /has 11\d\d bytes; 1024 are allowed/,
    ],
  ] as const) {
    const world = createWorld(naming(template));
    await world.bridge().intake(world.put("bucket", `out/${key}`, "content"));
    await world.bridge().drainAll();
    t.deepEqual(files(world), []);
    t.regex(errorOf(world, key) ?? "", reason);
  }
});
