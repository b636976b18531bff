/** `pull.on_exists`: what becomes of a file whose key has an object already. */
import { setTimeout as pause } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import test from "ava";
import type { PullConfig } from "../../../lambda/src/config/types.ts";
import { operate } from "../../../lambda/src/operator/commands.ts";
import { leftIn } from "../../../lambda/src/pull/left.ts";
import { markFor } from "../../../lambda/src/transfer/origin-mark.ts";
import { defaultSizes } from "../../../lambda/src/transfer/sizes.ts";
import { deaths, type Effects, untilCrash } from "../../helpers/effects.ts";
import { putObject } from "../../helpers/memory-objects.ts";
import { place } from "../../helpers/memory-remote.ts";
import { pull, stream } from "../../helpers/streams.ts";
import { createWorld, untilLapsed, type World } from "../../helpers/world.ts";

const pulling = (changes: Partial<PullConfig> = {}) => stream({ pull: { ...pull, ...changes } });
const old = Date.UTC(2025, 11, 1) / 1000;
const day = 86_400_000;
/** A file of more than two parts goes by a multipart upload. */
const small = { sizes: { ...defaultSizes, part: 6 } };
const ours = "ours, and it is long enough";

const keys = (world: World) => [...world.buckets.objects.keys()].filter((key) => key.startsWith("bucket/")).toSorted();
const files = (world: World) => [...world.disk.files.keys()].toSorted();
const entryOf = (world: World, path = "f") => world.entries().find((entry) => entry["path"] === path);
const theirs = (world: World, key = "in/f") => putObject(world.buckets, { bucket: "bucket", key }, "theirs");

const work = async (world: World, turns = 1, ...options: Parameters<World["bridge"]>) => {
  const [config] = world.config.streams.values();
  for (let turn = 0; turn < turns; turn++) {
    const bridge = world.bridge(...options);
    if (config) await bridge.poll(config);
    await bridge.drainAll(config?.pull?.extract && { sleep: () => pause(1) });
    world.time.now += day;
  }
};

/** An object that comes right before this effect. */
const before =
  (world: World, name: string): Effects =>
  async (effect, act) => {
    if (effect === name && !world.buckets.objects.has("bucket/in/f")) theirs(world);
    return act();
  };

const counting = (counts: Map<string, number>): Effects => {
  return async (name, act) => {
    counts.set(name, (counts.get(name) ?? 0) + 1);
    return act();
  };
};

const leftOf = (world: World): Record<string, number> => {
  const fact = [...world.items.values()].find(({ sk }) => sk === "acme#left");
  return Object.fromEntries(leftIn(fact as never).map(({ reason, count }) => [reason, count]));
};

for (const after of ["move", "delete", "keep"] as const)
  test(`skip, after = ${after}: the object stays, the file stays at the partner unread, and no poll takes it again`, async (t) => {
    const world = createWorld(pulling({ onExists: "skip", after }));
    theirs(world);
    place(world.disk, "outbox/f", ours, old);
    const counts = new Map<string, number>();
    await work(world, 1, counting(counts));
    t.is(world.content("bucket", "in/f"), "theirs");
    t.deepEqual(files(world), ["outbox/f"]);
    t.like(entryOf(world), { state: "skipped", attempts: 0, last_error: { kind: "exists" } });
    t.is(counts.get("remote.open") ?? 0, 0, "nothing is read for a file that stays");
    const { rev } = entryOf(world) ?? {};
    await work(world, 3);
    t.is(entryOf(world)?.["rev"], rev, "polls leave it alone");
    t.deepEqual(leftOf(world), { skipped: 1 }, "and tell of it");
    t.deepEqual(files(world), ["outbox/f"]);

    // Another version is another file.
    world.buckets.objects.clear();
    place(world.disk, "outbox/f", `newer ${ours}`, old + 60);
    await work(world);
    t.is(world.content("bucket", "in/f"), `newer ${ours}`);
    await work(world);
    t.deepEqual(leftOf(world), {});
  });

test("skip: the log and a replay say why, and the replay takes the file once the object is gone", async (t) => {
  const world = createWorld(pulling({ onExists: "skip" }));
  theirs(world);
  place(world.disk, "outbox/f", ours, old);
  const bridge = world.bridge();
  const [config] = world.config.streams.values();
  if (config) await bridge.poll(config);
  await bridge.drainAll();
  t.true(bridge.telemetry.lines.some(({ message }) => message.includes("S3 has an object of that name")));
  const replay = (force: boolean) =>
    operate(world.bridge().invocation, "replay", { stream: "acme", direction: "pull", path: "f", force });
  t.regex(JSON.stringify(await replay(false)), /s3:\/\/bucket\/in\/f is there already.*on_exists.*skip/);
  world.buckets.objects.clear();
  await replay(true);
  await work(world);
  t.is(world.content("bucket", "in/f"), ours);
});

test("fail: the error names both, nothing is read, and the file is pulled once the object is gone", async (t) => {
  const world = createWorld(pulling({ onExists: "fail" }));
  theirs(world);
  place(world.disk, "outbox/f", ours, old);
  const counts = new Map<string, number>();
  await work(world, 1, counting(counts));
  t.is(world.content("bucket", "in/f"), "theirs");
  t.is(counts.get("remote.open") ?? 0, 0);
  t.regex(
    JSON.stringify(entryOf(world)?.["last_error"]),
    /s3:\/\/bucket\/in\/f is there already, and isn't replaced by outbox\/f.*pull\.on_exists/,
  );
  world.buckets.objects.clear();
  await work(world);
  t.is(world.content("bucket", "in/f"), ours);
});

test("number: nothing is replaced, an older version neither, and a file called so comes beside them", async (t) => {
  const world = createWorld(pulling({ onExists: "number" }));
  theirs(world, "in/a/f.csv");
  place(world.disk, "outbox/a/f.csv", "first", old);
  await work(world);
  place(world.disk, "outbox/a/f.csv", "second", old);
  await work(world);
  place(world.disk, "outbox/a/f-1.csv", "another", old);
  await work(world);
  t.deepEqual(
    ["f", "f-1", "f-2", "f-1-1"].map((name) => world.content("bucket", `in/a/${name}.csv`)),
    ["theirs", "first", "second", "another"],
  );
  t.is(keys(world).length, 4);
  const told = await operate(world.bridge().invocation, "history", { stream: "acme", path: "a/f-1-1.csv" });
  t.like(told, { found: true, files: [{ path: "a/f-1.csv" }] }, "found by the name that it got");
});

test("number with a template: {seq} keeps its number, and two files of one name come one beside the other", async (t) => {
  const world = createWorld(pulling({ onExists: "number", name: "{seq:3}{ext}" }));
  theirs(world, "in/001.csv");
  place(world.disk, "outbox/a.csv", "of a", old);
  await work(world);
  place(world.disk, "outbox/b.csv", "of b", old);
  await work(world);
  t.deepEqual(keys(world), ["bucket/in/001-1.csv", "bucket/in/001.csv", "bucket/in/002.csv"]);

  const flat = createWorld(pulling({ onExists: "number", name: "{name}" }));
  for (const name of ["a", "b", "c"]) place(flat.disk, `outbox/${name}/f`, `of ${name}`, old);
  await work(flat);
  t.deepEqual(keys(flat), ["bucket/in/f", "bucket/in/f-1", "bucket/in/f-2"]);
});

test("a template's name is looked for as well: skip and fail", async (t) => {
  for (const onExists of ["skip", "fail"] as const) {
    const world = createWorld(pulling({ onExists, name: "{stem}-x{ext}" }));
    theirs(world, "in/f-x");
    place(world.disk, "outbox/f", ours, old);
    await work(world);
    t.is(world.content("bucket", "in/f-x"), "theirs");
    t.deepEqual(files(world), ["outbox/f"]);
    t.regex(JSON.stringify(entryOf(world)?.["last_error"]), /in\/f-x is there already/, onExists);
  }
});

const key = { bucket: "bucket", key: "in/f" };
const extract = {
  formats: ["gzip"],
  into: "{dir}/{stem}",
  maxEntries: 10,
  maxBytes: 1_000_000,
  maxRatio: 100,
} as const;

for (const [size, name, options, changes] of [
  ["small", "objects.put", undefined, {}],
  ["large", "objects.completeUpload", small, {}],
  ["opened", "objects.completeUpload", undefined, { extract }],
] as const)
  for (const onExists of ["skip", "fail", "number"] as const)
    test(`an object that comes between the look and the writing of a ${size} file isn't replaced: ${onExists}`, async (t) => {
      const world = createWorld(pulling({ onExists, ...changes }));
      const path = size === "opened" ? "f.gz" : "f";
      place(world.disk, `outbox/${path}`, size === "opened" ? gzipSync(ours) : ours, old);
      await work(world, 1, before(world, name), undefined, options);
      await work(world, 3, undefined, undefined, options);
      t.is(world.content("bucket", "in/f"), "theirs");
      t.is(world.buckets.objects.get("bucket/in/f")?.length, 1);
      t.is(world.content("bucket", "in/f-1"), onExists === "number" ? ours : undefined);
      t.is(entryOf(world, path)?.["state"], { skip: "skipped", fail: "failed", number: "delivered" }[onExists]);
      if (onExists !== "number") t.deepEqual(files(world), [`outbox/${path}`]);
      t.is(world.buckets.uploads.size, 0);
    });

for (const [size, name, options, changes] of [
  ["small file", "f", undefined, {}],
  ["large file", "f", small, {}],
  ["file that is opened", "f.gz", undefined, { extract }],
] as const)
  for (const onExists of size === "small file" ? (["skip", "fail", "number"] as const) : (["skip", "number"] as const))
    test(`a crash at any effect, and an object of anybody's then: ${onExists}, a ${size}`, async (t) => {
      for (const effects of deaths(10)) {
        const world = createWorld(pulling({ onExists, ...changes }));
        place(world.disk, `outbox/${name}`, name === "f" ? ours : gzipSync(ours), old);
        await untilCrash(() => work(world, 1, effects, undefined, options));
        const isThere = world.buckets.objects.has("bucket/in/f");
        // A copy of the very same version, of another time, that somebody has put back.
        if (!isThere) {
          const metadata = {
            ...markFor("acme", key),
            "sftp-version": `${name === "f" ? ours.length : gzipSync(ours).byteLength}:${old}`,
          };
          putObject(world.buckets, key, "theirs", { metadata });
        }
        world.time.now += untilLapsed;
        await work(world, 3, undefined, undefined, options);
        const where = effects.where();
        const versions = world.buckets.objects.get("bucket/in/f") ?? [];
        t.true(
          versions.every((one) => one?.bytes.toString() === (isThere ? ours : "theirs")),
          where,
        );
        if (!isThere) t.is(versions.length, 1, where);
        const isNumbered = !isThere && onExists === "number";
        t.is(world.content("bucket", "in/f-1"), isNumbered ? ours : undefined, where);
        const ended = isThere || isNumbered ? "delivered" : onExists === "skip" ? "skipped" : "failed";
        t.is(entryOf(world, name)?.["state"], ended, where);
        t.is(files(world).includes(`outbox/${name}`), ended !== "delivered", where);
        t.is(world.buckets.uploads.size, 0, where);
      }
    });

test("the marker of a skipped file stays beside it, and goes with a newer version; a directory's goes once all are done", async (t) => {
  const ready = { marker: "{name}.ok", scope: "file", after: "delete", checksum: "none", deliver: false } as const;
  const world = createWorld(pulling({ onExists: "skip", after: "delete", ready }));
  theirs(world);
  place(world.disk, "outbox/f", ours, old);
  place(world.disk, "outbox/f.ok", "", old);
  await work(world, 2);
  const revs = () => world.entries().map(({ rev }) => rev);
  const known = revs();
  t.is(known.length, 2);
  await work(world, 2);
  t.deepEqual(revs(), known, "no poll asks again");
  t.deepEqual(files(world), ["outbox/f", "outbox/f.ok"]);
  world.buckets.objects.clear();
  place(world.disk, "outbox/f", `newer ${ours}`, old + 60);
  await work(world, 2);
  t.is(world.content("bucket", "in/f"), `newer ${ours}`);
  t.deepEqual(files(world), []);

  const whole = createWorld(pulling({ onExists: "skip", ready: { ...ready, marker: "_READY", scope: "directory" } }));
  theirs(whole);
  place(whole.disk, "outbox/f", ours, old);
  place(whole.disk, "outbox/_READY", "", old);
  await work(whole, 3);
  t.deepEqual(files(whole), ["outbox/f"]);
});
