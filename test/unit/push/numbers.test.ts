/** `{seq}` in `push.name`: numbers come once each, without gaps, and the same after every retry. */
import test from "ava";
import type { PushConfig } from "../../../lambda/src/config/types.ts";
import { asEntry } from "../../../lambda/src/journal/entry.ts";
import { operate } from "../../../lambda/src/operator/commands.ts";
import { RemoteError } from "../../../lambda/src/sftp/errors.ts";
import { Crash, deaths, untilCrash } from "../../helpers/effects.ts";
import { push, stream } from "../../helpers/streams.ts";
import { createWorld, untilLapsed, type World } from "../../helpers/world.ts";

const numbering = (name: string, changes: Partial<PushConfig> = {}) => stream({ push: { ...push, name, ...changes } });
const files = (world: World) => [...world.disk.files.keys()].toSorted();
const text = (world: World, path: string) => world.disk.files.get(path)?.bytes.toString();
const errorOf = (world: World, path: string) =>
  JSON.stringify(world.entries().find((entry) => entry["path"] === path)?.["last_error"]);
const send = async (world: World, path: string, content: string) => {
  await world.bridge().intake(world.put("bucket", `out/${path}`, content));
  await world.bridge().drainAll();
};
const hour = 3_600_000;

/** Every name that was ever seen at the partner, with what it held. */
const watched = (world: World): Map<string, Set<string>> => {
  const seen = new Map<string, Set<string>>();
  world.disk.watch = () => {
    for (const [path, { bytes }] of world.disk.files) {
      if (path.endsWith(".tmp")) continue;
      seen.set(path, (seen.get(path) ?? new Set()).add(bytes.toString()));
    }
  };
  return seen;
};

test("files are counted, versions too, and a stream's templates count on from one another", async (t) => {
  const side = { ...push, name: "orders-{seq:3}{ext}" };
  const world = createWorld(stream({ push: side }));
  await send(world, "a.csv", "1");
  await send(world, "b.csv", "2");
  await send(world, "a.csv", "a newer version");
  side.name = "{seq}-{name}";
  await send(world, "c", "4");
  t.deepEqual(files(world), ["inbox/4-c", "inbox/orders-001.csv", "inbox/orders-002.csv", "inbox/orders-003.csv"]);
  t.is(text(world, "inbox/orders-003.csv"), "a newer version");
});

test("many files at one time get one number each", async (t) => {
  const world = createWorld(numbering("{seq:2}"));
  for (let n = 0; n < 30; n++) await world.bridge().intake(world.put("bucket", `out/${n}`, `${n}`));
  await world.bridge().drainAll();
  t.deepEqual(
    files(world),
    Array.from({ length: 30 }, (_, n) => `inbox/${String(n + 1).padStart(2, "0")}`),
  );
});

test("a crash at any effect: numbers 1 and 2, each seen with one content, whatever comes behind", async (t) => {
  for (const effects of deaths(30)) {
    const world = createWorld(numbering("{seq:6}"));
    const seen = watched(world);
    for (const name of ["a", "b"]) await world.bridge().intake(world.put("bucket", `out/${name}`, `of ${name}`));
    await untilCrash(() => world.bridge(effects).drainAll());
    world.time.now += untilLapsed;
    await send(world, "c", "of c");
    const where = effects.where();
    t.deepEqual(files(world), ["inbox/000001", "inbox/000002", "inbox/000003"], where);
    t.deepEqual(
      [...seen.values()].map(({ size }) => size),
      [1, 1, 1],
      where,
    );
    t.true(
      world.entries().every(({ state }) => state === "delivered"),
      where,
    );
  }
});

test("a number that was claimed by a run which died is not another file's, whatever becomes of the first", async (t) => {
  const world = createWorld(numbering("{seq}-{name}"));
  await world.bridge().intake(world.put("bucket", "out/a", "of a"));
  let isDead = false;
  const dying = world.bridge(async (name, effect) => {
    if (isDead) throw new Crash(name);
    const result = await effect();
    isDead = [...world.items.values()].some((item) => item["owner_pk"] !== undefined);
    if (isDead) throw new Crash(name);
    return result;
  });
  await t.throwsAsync(dying.drainAll(), { instanceOf: Crash });
  await operate(world.bridge().invocation, "skip", { stream: "acme", path: "a" });
  world.time.now += untilLapsed;
  await send(world, "b", "of b");
  t.deepEqual(files(world), ["inbox/2-b"]);
});

test("a number isn't given again once its claim has expired", async (t) => {
  const world = createWorld(numbering("{seq}"));
  await send(world, "a", "of a");
  for (const [key, item] of world.items) if (item["owner_pk"] !== undefined) world.items.delete(key);
  await send(world, "b", "of b");
  t.deepEqual(files(world), ["inbox/1", "inbox/2"]);
});

test("a crash at any effect, and a newer version then: no number is left out, and none has two contents", async (t) => {
  for (const effects of deaths()) {
    const world = createWorld(numbering("{seq}"));
    const seen = watched(world);
    await world.bridge().intake(world.put("bucket", "out/f", "first"));
    await untilCrash(() => world.bridge(effects).drainAll());
    await world.bridge().intake(world.put("bucket", "out/f", "second"));
    for (let turn = 0; turn < 3; turn++) {
      world.time.now += untilLapsed;
      await world.bridge().drainAll();
    }
    const where = effects.where();
    const isFirstThere = [...(seen.get("inbox/1") ?? [])].includes("first");
    t.deepEqual(files(world), isFirstThere ? ["inbox/1", "inbox/2"] : ["inbox/1"], where);
    for (const [path, contents] of seen) t.is(contents.size, 1, `${where}: ${path}`);
  }
});

test("where the partner took the file before its record, the newer version has a number of its own", async (t) => {
  const world = createWorld(numbering("{seq}"));
  await world.bridge().intake(world.put("bucket", "out/f", "first"));
  let isTaken = false;
  const dying = world.bridge(async (name, effect) => {
    if (isTaken) throw new Crash(name);
    const result = await effect();
    if (world.disk.files.has("inbox/1")) {
      world.disk.files.delete("inbox/1");
      isTaken = true;
      throw new Crash(name);
    }
    return result;
  });
  await t.throwsAsync(dying.drainAll(), { instanceOf: Crash });
  await world.bridge().intake(world.put("bucket", "out/f", "second"));
  for (let turn = 0; turn < 3; turn++) {
    world.time.now += untilLapsed;
    await world.bridge().drainAll();
  }
  t.deepEqual(files(world), ["inbox/2"]);
});

test("a file that is refused again and again keeps its number, and the others go on", async (t) => {
  const world = createWorld(numbering("{seq}-{name}", { verify: "off" }));
  await world.bridge().intake(world.put("bucket", "out/a", "of a"));
  let isRefused = true;
  const bridge = () =>
    world.bridge(async (name, effect) => {
      if (name === "remote.openWrite" && isRefused) throw new RemoteError("permission", "not now");
      return effect();
    });
  for (let turn = 0; turn < 10; turn++) {
    await bridge().drainAll();
    world.time.now += hour;
  }
  t.is(world.entries()[0]?.["state"], "failed");
  isRefused = false;
  await send(world, "b", "of b");
  await operate(bridge().invocation, "redrive", { stream: "acme" });
  t.deepEqual(files(world), ["inbox/1-a", "inbox/2-b"]);
});

test("a skipped file leaves its number unused, and a newer version of it has that", async (t) => {
  const world = createWorld(numbering("{seq}-{name}"));
  await world.bridge().intake(world.put("bucket", "out/a", "of a"));
  await world
    .bridge(async (name, effect) => {
      if (name === "remote.openWrite") throw new RemoteError("failure", "no");
      return effect();
    })
    .drainAll();
  await operate(world.bridge().invocation, "skip", { stream: "acme", path: "a" });
  await send(world, "b", "of b");
  t.deepEqual(files(world), ["inbox/2-b"]);
  world.time.now += hour;
  await send(world, "a", "a newer a");
  t.deepEqual(files(world), ["inbox/1-a", "inbox/2-b"]);
});

test("a name that can't be costs no number", async (t) => {
  const world = createWorld(numbering("{seq:3}-{name}"));
  await send(world, "x".repeat(253), "too long");
  await send(world, "a", "of a");
  t.deepEqual(files(world), ["inbox/001-a"]);
});

test("where numbers end the file fails with what to do, and goes on with more digits", async (t) => {
  const side = { ...push, name: "{seq:1}" };
  const world = createWorld(stream({ push: side }));
  for (let n = 1; n <= 9; n++) await send(world, `f${n}`, `${n}`);
  await send(world, "f10", "10");
  t.is(files(world).length, 9);
  t.regex(errorOf(world, "f10") ?? "", /come to their end: 9 was the last one.*\{seq:2\}.*go on with 10/);
  side.name = "{seq:2}";
  world.time.now += hour;
  await world.bridge().drainAll();
  t.is(text(world, "inbox/10"), "10");
});

test("a damaged record of a number is none", (t) => {
  const entry = {
    ...{
      pk: "p",
      sk: "s",
      rev: "r",
      kind: "entry",
      stream: "acme",
      path: "f",
      source_location: "b/f",
      state: "pending",
    },
    ...{ source: { time: 1 }, next_attempt: 1, attempts: 0, known_at: "2026-01-01T00:00:00Z", deliveries: [] },
  } as const;
  t.deepEqual(asEntry({ ...entry, target: { identity: "i", path: "f", number: "7", shown: 1 } })?.target, {
    identity: "i",
    path: "f",
  });
});
