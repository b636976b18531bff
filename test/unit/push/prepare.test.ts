/** Objects that are changed before they are sent: a hop inside S3, repeated after a crash, of which nothing stays. */
import { setTimeout as pause } from "node:timers/promises";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import test from "ava";
import type { PushConfig, StreamConfig } from "../../../lambda/src/config/types.ts";
import type { Delivery } from "../../../lambda/src/journal/entry.ts";
import { defaultSizes } from "../../../lambda/src/transfer/sizes.ts";
import { Crash, deaths, type Effects, untilCrash } from "../../helpers/effects.ts";
import { push, stream } from "../../helpers/streams.ts";
import { createWorld, untilLapsed, type World } from "../../helpers/world.ts";

const compressed = (changes: Partial<PushConfig> = {}): StreamConfig =>
  stream({ push: { ...push, compress: "gzip", ...changes } });

/** zlib takes real time, during which the world's clock may not run away. */
const calmly = { sleep: () => pause(1) };

/** A process that dies at the first effect of this name. */
const dyingAt = (last: string): Effects => {
  let isDead = false;
  return async (name, effect) => {
    isDead ||= name === last;
    if (isDead) throw new Crash(name);
    return effect();
  };
};

const files = (world: World) => [...world.disk.files.keys()].toSorted();
const bytes = (world: World, path: string): Buffer => world.disk.files.get(path)?.bytes ?? Buffer.alloc(0);
const staged = (world: World) => [...world.buckets.objects.keys()].filter((name) => name.startsWith("config-bucket/"));

for (const [compress, ending, undo] of [
  ["gzip", ".gz", gunzipSync],
  ["zstd", ".zst", zstdDecompressSync],
] as const)
  test(`push.compress = "${compress}": the partner gets the file compressed, under a name that says so`, async (t) => {
    const world = createWorld(compressed({ compress }));
    const content = "line after line\n".repeat(1_000);
    await world.bridge().intake(world.put("bucket", "out/a/file.txt", content));
    await world.bridge().drainAll(calmly);
    t.deepEqual(files(world), [`inbox/a/file.txt${ending}`]);
    const there = bytes(world, `inbox/a/file.txt${ending}`);
    t.is(undo(there).toString(), content);
    t.true(there.byteLength < 1_000);
    const [entry] = world.entries();
    t.is(entry?.["state"], "delivered");
    const deliveries = (entry?.["deliveries"] ?? []) as unknown as readonly Delivery[];
    t.like(deliveries, [{ bytes: there.byteLength, destination: `inbox/a/file.txt${ending}` }], "what was sent counts");
    t.deepEqual(staged(world), [], "nothing stays in staging");
    t.is(world.buckets.uploads.size, 0);
  });

test("an empty file and one of several parts are compressed as well", async (t) => {
  const world = createWorld(compressed());
  const content = Array.from({ length: 4_000 }, (_, n) => `${Math.imul(n, 2_654_435_761)}`).join("");
  await world.bridge().intake(world.put("bucket", "out/empty", ""));
  await world.bridge().intake(world.put("bucket", "out/large", content));
  await world.bridge(undefined, undefined, { sizes: { ...defaultSizes, part: 1_000 } }).drainAll(calmly);
  t.is(gunzipSync(bytes(world, "inbox/empty.gz")).toString(), "");
  t.is(gunzipSync(bytes(world, "inbox/large.gz")).toString(), content);
  t.true(bytes(world, "inbox/large.gz").byteLength > 3_000);
  t.is(world.buckets.uploads.size, 0);
});

test("a crash at any effect ends with the newest version, sent whole", async (t) => {
  const [first, second] = ["first version, long enough", "second!"];
  for (const effects of deaths(20)) {
    const world = createWorld(compressed());
    const wrong: string[] = [];
    world.disk.watch = () => {
      const there = bytes(world, "inbox/file.txt.gz");
      if (there.byteLength > 0 && ![first, second].includes(gunzipSync(there).toString()))
        wrong.push(there.toString("hex"));
    };
    await world.bridge().intake(world.put("bucket", "out/file.txt", first));
    await world.bridge().drainAll(calmly);
    await world.bridge().intake(world.put("bucket", "out/file.txt", second));
    await untilCrash(() => world.bridge(effects).drainAll(calmly));
    for (let turn = 0; turn < 3; turn++) {
      world.time.now += untilLapsed;
      await world.bridge().drainAll(calmly);
    }
    const where = effects.where();
    t.deepEqual(wrong, [], where);
    t.is(gunzipSync(bytes(world, "inbox/file.txt.gz")).toString(), second, where);
    t.deepEqual(files(world), ["inbox/file.txt.gz"], where);
    t.true(
      world.entries().every(({ state }) => state === "delivered"),
      where,
    );
    // Only a run that dies between the record of the delivery and the removal leaves one to the bucket's lifecycle.
    t.true(staged(world).length <= 1, where);
    const [entry] = world.entries();
    t.is(entry?.["progress"], undefined, where);
  }
});

test("a run that dies once the hop is recorded leaves a staged object that the next run sends, without a second hop", async (t) => {
  const world = createWorld(compressed());
  await world.bridge().intake(world.put("bucket", "out/file.txt", "some content"));
  await t.throwsAsync(world.bridge(dyingAt("remote.openWrite")).drainAll(calmly), { instanceOf: Crash });
  const [before] = staged(world);
  t.truthy(before);
  world.time.now += untilLapsed;
  const made: string[] = [];
  const watching: Effects = async (name, effect) => {
    made.push(name);
    return effect();
  };
  await world.bridge(watching).drainAll(calmly);
  t.false(made.includes("objects.createUpload"));
  t.is(gunzipSync(bytes(world, "inbox/file.txt.gz")).toString(), "some content");
  t.deepEqual(staged(world), []);
});

test("what was staged of an older version isn't sent, and is removed", async (t) => {
  const world = createWorld(compressed());
  await world.bridge().intake(world.put("bucket", "out/file.txt", "some content"));
  await t.throwsAsync(world.bridge(dyingAt("remote.openWrite")).drainAll(calmly), { instanceOf: Crash });
  t.is(staged(world).length, 1);
  await world.bridge().intake(world.put("bucket", "out/file.txt", "newer content"));
  world.time.now += untilLapsed;
  await world.bridge().drainAll(calmly);
  t.is(gunzipSync(bytes(world, "inbox/file.txt.gz")).toString(), "newer content");
  t.deepEqual(staged(world), []);
});

test("a staged object that is gone is made again", async (t) => {
  const world = createWorld(compressed());
  await world.bridge().intake(world.put("bucket", "out/file.txt", "some content"));
  await t.throwsAsync(world.bridge(dyingAt("remote.openWrite")).drainAll(calmly), { instanceOf: Crash });
  for (const name of staged(world)) world.buckets.objects.delete(name);
  world.time.now += untilLapsed;
  await world.bridge().drainAll(calmly);
  t.is(gunzipSync(bytes(world, "inbox/file.txt.gz")).toString(), "some content");
});

test("what no invocation has the time for is refused before its hop, with the figure", async (t) => {
  const world = createWorld(compressed());
  await world.bridge().intake(world.put("bucket", "out/file.txt", "x".repeat(100_000)));
  const bridge = world.bridge();
  await bridge.drainAll({ ...calmly, sizes: { ...defaultSizes, cores: 0.000_005 } });
  t.deepEqual(files(world), []);
  t.deepEqual(staged(world), []);
  const [entry] = world.entries();
  t.regex(
    JSON.stringify(entry?.["last_error"]),
    /Stream acme: s3:\/\/bucket\/out\/file.txt has 100000 bytes, and gzip may need \d+ s .* an invocation has 900 s.*Raise timeout/,
  );
});

test("what only this invocation hasn't the time for is left to the next one", async (t) => {
  const world = createWorld(compressed());
  await world.bridge().intake(world.put("bucket", "out/file.txt", "x".repeat(100_000)));
  const slow = { ...defaultSizes, cores: 0.000_05 };
  await world.bridge(undefined, undefined, { remaining: () => 100_000, sizes: slow }).drainAll(calmly);
  const [waiting] = world.entries();
  t.is(waiting?.["state"], "pending");
  t.is(waiting?.["last_error"], undefined);
  world.time.now += 61_000;
  await world.bridge(undefined, undefined, { sizes: slow }).drainAll(calmly);
  t.deepEqual(files(world), ["inbox/file.txt.gz"]);
});
