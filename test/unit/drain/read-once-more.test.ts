/** Files that several runs have moved: when they are whole, they are read once more for their SHA-256. */
import { createHash } from "node:crypto";
import test from "ava";
import type { PushConfig } from "../../../lambda/src/config/types.ts";
import type { Delivery, Entry } from "../../../lambda/src/journal/entry.ts";
import type { OpenObject } from "../../../lambda/src/s3/objects.ts";
import { savableHasher } from "../../../lambda/src/transfer/hash.ts";
import type { Effects } from "../../helpers/effects.ts";
import { putObject } from "../../helpers/memory-objects.ts";
import { place } from "../../helpers/memory-remote.ts";
import { pull, push, stream } from "../../helpers/streams.ts";
import { createWorld, untilLapsed, type World } from "../../helpers/world.ts";

const old = Date.UTC(2025, 11, 1) / 1000;
const content = "0123456789abcdefghijklmnopqrstuvwxyzABCDEF";
const sha256 = createHash("sha256").update(content).digest("hex");
const sizes = { part: 8, maxPart: 64, quick: 0, tail: 4, checkpointEvery: Number.POSITIVE_INFINITY };
const entryOf = (world: World) => world.entries().find(({ sk }) => sk === "f") as unknown as Entry;
const lastDelivery = (world: World): Delivery | undefined => entryOf(world).deliveries.at(-1);

interface Seen {
  /** Offsets of the objects that were read. */
  readonly gets: number[];
  readonly effects: string[];
  readonly lines: readonly { readonly level: string; readonly message: string }[];
}

/** One run. `until`: its time is up once that is true; `most`: bytes that the n-th object (from 0) gives it. */
const run = async (
  world: World,
  options: { readonly until?: (seen: Seen) => boolean; readonly most?: (n: number) => number } = {},
): Promise<Seen> => {
  world.time.now += untilLapsed;
  let isUp = false;
  const lines: Seen["lines"][number][] = [];
  const seen: Seen = { gets: [], effects: [], lines };
  const bridge = world.bridge(
    (async (name, effect) => {
      seen.effects.push(name);
      return effect();
    }) satisfies Effects,
    undefined,
    { sizes, remaining: () => (isUp || options.until?.(seen) ? 10_000 : 900_000) },
  );
  const { objects } = bridge.deps;
  await bridge.drainAll({
    every: (milliseconds, act) => {
      const end = bridge.deps.every?.(milliseconds, act);
      const timer = setInterval(act, 2);
      return () => {
        clearInterval(timer);
        end?.();
      };
    },
    objects: {
      ...objects,
      get: async (from, asked) => {
        const n = seen.gets.push(asked.offset ?? 0) - 1;
        const open = await objects.get(from, asked);
        const most = options.most?.(n);
        return open && most !== undefined
          ? { ...open, body: stopping(open, most, asked.signal, () => (isUp = true)) }
          : open;
      },
    },
  });
  lines.push(...bridge.telemetry.lines);
  return seen;
};

/** The first bytes of an object; then time is up. */
async function* stopping({ body }: OpenObject, most: number, signal: AbortSignal, stop: () => void) {
  let given = 0;
  for await (const chunk of body) {
    if (given >= most) {
      stop();
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
    }
    given += chunk.byteLength;
    yield chunk;
  }
}

const count = ({ effects }: Seen, name: string) => effects.filter((one) => one === name).length;
const reached = (name: string, times: number) => (seen: Seen) => count(seen, name) >= times;

/** A push of which the first run sent some. */
const halfPushed = async (changes: Partial<PushConfig> = {}) => {
  const world = createWorld(stream({ push: { ...push, ...changes } }));
  await world.bridge().intake(world.put("bucket", "out/f", content));
  await run(world, { until: reached("remote.write", 5) });
  return world;
};
/** A pull of which the first run copied two parts. */
const halfPulled = async (ready?: { readonly checksum: "md5" | "sha256"; readonly sum: string }) => {
  const marked = { marker: "{name}.done", scope: "file", after: "delete", deliver: false } as const;
  const config = stream({ pull: { ...pull, ...(ready && { ready: { ...marked, checksum: ready.checksum } }) } });
  const world = createWorld(config);
  place(world.disk, "outbox/f", content, old);
  if (ready) place(world.disk, "outbox/f.done", ready.sum, old);
  await world.bridge().poll(config);
  await run(world, { until: reached("objects.uploadPart", 2) });
  return world;
};
/** … and the second completed the object, and read 12 bytes of it. */
const completed = async () => {
  const world = await halfPulled();
  await run(world, { most: () => 12 });
  return world;
};

test("push: reading it once more takes as many runs as it needs, and nothing is sent again", async (t) => {
  const world = await halfPushed();
  t.true((entryOf(world).progress?.checkpoint ?? 0) > 0);
  await run(world, { most: (n) => (n === 2 ? 12 : Number.POSITIVE_INFINITY) });
  t.is(entryOf(world).progress?.checkpoint, content.length, "all of it is there");
  t.is(entryOf(world).progress?.summed?.bytes, 12);
  t.is(entryOf(world).attempts, 0, "time that is up is no failed attempt");
  t.false(world.disk.files.has("inbox/f"), "nobody sees it before");
  const third = await run(world, { most: (n) => (n === 2 ? 20 : Number.POSITIVE_INFINITY) });
  t.is(third.gets.at(-1), 12);
  t.is(entryOf(world).progress?.summed?.bytes, 32);
  const fourth = await run(world);
  t.is(fourth.gets.at(-1), 32);
  t.is(count(third, "remote.write") + count(fourth, "remote.write"), 0);
  t.is(world.disk.files.get("inbox/f")?.bytes.toString(), content);
  t.is(lastDelivery(world)?.sha256, sha256);
  t.is(world.disk.files.size, 1);
});

test("push: a file that is moved in one go isn't read again", async (t) => {
  const world = createWorld(stream({ push }));
  await world.bridge().intake(world.put("bucket", "out/f", content));
  const { gets } = await run(world);
  t.deepEqual(gets, [0]);
  t.is(lastDelivery(world)?.sha256, sha256);
});

test("push: a version that S3 no longer has when it is read once more isn't shown", async (t) => {
  const world = await halfPushed();
  const seen = await run(world, {
    most: (n) => {
      if (n === 1) world.buckets.objects.delete("bucket/out/f");
      return Number.POSITIVE_INFINITY;
    },
  });
  t.is(seen.gets.length, 3);
  t.false(world.disk.files.has("inbox/f"));
  t.regex(entryOf(world).last_error?.message ?? "", /was deleted before it was compared/);
  await run(world);
  t.is(entryOf(world).state, "gone");
  t.is(world.disk.files.size, 0);
});

test("push: the marker has the MD5 of the whole file", async (t) => {
  const world = await halfPushed({ marker: { name: "{name}.done", content: "md5" } });
  await run(world, { most: (n) => (n === 2 ? 12 : Number.POSITIVE_INFINITY) });
  t.is(entryOf(world).progress?.summed?.bytes, 12);
  await run(world);
  t.is(world.disk.files.get("inbox/f.done")?.bytes.toString(), createHash("md5").update(content).digest("hex"));
  t.is(lastDelivery(world)?.sha256, sha256);
});

for (const checksum of ["md5", "sha256"] as const) {
  test(`pull: what is held against a ${checksum} of the partner's goes on with its hash, and nobody sees it before`, async (t) => {
    const sum = createHash(checksum).update(content).digest("hex");
    const right = await halfPulled({ checksum, sum });
    t.is(entryOf(right).progress?.summed?.bytes, entryOf(right).progress?.checkpoint);
    const seen = await run(right);
    t.true(count(seen, "objects.uploadPart") <= 4);
    t.deepEqual(seen.gets, [], "S3 isn't asked for it");
    t.is(right.content("bucket", "in/f"), content);
    t.is(lastDelivery(right)?.sha256, sha256);

    const wrong = await halfPulled({ checksum, sum: createHash(checksum).update("another").digest("hex") });
    await run(wrong);
    t.is(wrong.content("bucket", "in/f"), undefined);
    t.is(wrong.buckets.uploads.size, 0);
  });
}

test("pull: a checkpoint without a hash is of no use where the partner's sum is wanted: the file starts again", async (t) => {
  const world = await halfPulled({ checksum: "md5", sum: createHash("md5").update(content).digest("hex") });
  for (const [key, item] of world.items)
    if (item["kind"] === "entry" && entryOf(world).progress)
      world.items.set(key, {
        ...item,
        progress: { ...(item as unknown as Entry).progress, summed: undefined },
      } as typeof item);
  const seen = await run(world);
  t.is(count(seen, "objects.uploadPart"), 6);
  t.is(lastDelivery(world)?.sha256, sha256);
});

test("pull: reading it once more takes as many runs as it needs, and nothing is copied again", async (t) => {
  const world = await completed();
  t.is(world.content("bucket", "in/f"), content);
  t.is(entryOf(world).progress?.summed?.bytes, 12);
  t.true(world.disk.files.has("outbox/f"), "the partner's file stays until all is recorded");
  const third = await run(world, { most: () => 8 });
  const fourth = await run(world);
  t.deepEqual([...third.gets, ...fourth.gets], [12, 20]);
  t.is(count(third, "remote.openRead") + count(fourth, "remote.openRead"), 0);
  t.is(lastDelivery(world)?.sha256, sha256);
  t.is(entryOf(world).state, "delivered");
  t.false(world.disk.files.has("outbox/f"));
});

for (const [what, happen] of Object.entries<(world: World) => void>({
  "was taken": (world) => world.remove("bucket", "in/f"),
  "was replaced": (world) =>
    void putObject(world.buckets, { bucket: "bucket", key: "in/f" }, content.toUpperCase(), { at: 1 }),
})) {
  test(`pull: where the object ${what} by then, the partner's file gives the rest`, async (t) => {
    const world = await completed();
    happen(world);
    const seen = await run(world);
    t.is(lastDelivery(world)?.sha256, sha256);
    t.is(entryOf(world).state, "delivered");
    t.is(count(seen, "objects.uploadPart"), 0);
    t.true(seen.lines.some(({ message }) => message.includes("its SHA-256 is that of the partner's file")));
  });
}

test("pull: where both sides have taken theirs, the copy counts all the same, and a warning tells", async (t) => {
  for (const replacement of [undefined, content.toUpperCase()]) {
    const world = await completed();
    world.remove("bucket", "in/f");
    world.disk.files.delete("outbox/f");
    if (replacement !== undefined) place(world.disk, "outbox/f", replacement, old + 100);
    const seen = await run(world);
    t.is(entryOf(world).state, "delivered");
    t.is(lastDelivery(world)?.sha256, "");
    t.true(seen.lines.some(({ level, message }) => level === "warn" && message.includes("SHA-256 isn't known")));
  }
});

/** The journal's entry as earlier versions wrote it: with the hash's state at the checkpoint. */
const asEarlier = async (world: World) => {
  for (const [key, item] of world.items) {
    const entry = item as unknown as Entry;
    if (item["kind"] !== "entry" || !entry.progress?.checkpoint) continue;
    const hasher = await savableHasher();
    hasher.update(Buffer.from(content.slice(0, entry.progress.checkpoint)));
    world.items.set(key, { ...item, progress: { ...entry.progress, hash_state: hasher.save() } } as typeof item);
  }
};

test("a checkpoint of an earlier version is gone on from, with the hash that it has", async (t) => {
  for (const [begin, sent, most] of [
    [halfPushed, "remote.write", 7],
    [halfPulled, "objects.uploadPart", 4],
  ] as const) {
    const world = await begin();
    await asEarlier(world);
    const { checkpoint } = entryOf(world).progress ?? {};
    const seen = await run(world);
    t.is(lastDelivery(world)?.sha256, sha256);
    t.true(count(seen, sent) <= most, `${count(seen, sent)} times ${sent}`);
    t.is(seen.gets.at(-1), checkpoint, "only what the hash hasn't is read once more");
  }
});

/** The upload as earlier versions began it: its parts have SHA-256s. `stale`: in place of one that this version had begun. */
const beganEarlier = (world: World, stale: boolean) => {
  for (const upload of world.buckets.uploads.values()) delete upload.sums;
  for (const [key, item] of world.items) {
    const { progress } = item as unknown as Entry;
    if (item["kind"] !== "entry" || !progress) continue;
    const { part_bytes, ...rest } = progress;
    const changed = { ...rest, part_size: part_bytes, ...(stale && { part_bytes }) };
    world.items.set(key, { ...item, progress: changed } as typeof item);
  }
};

for (const stale of [false, true])
  test(`pull: an upload that an earlier version began goes on with its checksums${stale ? ", after one of this version" : ""}`, async (t) => {
    const world = await halfPulled();
    beganEarlier(world, stale);
    const seen = await run(world);
    t.is(count(seen, "objects.createUpload"), 0);
    t.true(count(seen, "objects.uploadPart") <= 4);
    t.is(world.content("bucket", "in/f"), content);
    t.is(lastDelivery(world)?.sha256, sha256);
    t.is(entryOf(world).attempts, 1);
  });

test("pull: an upload of this version is none that an earlier one would go on with, whose checksums S3 would refuse", async (t) => {
  const { progress } = entryOf(await halfPulled());
  t.true((progress?.checkpoint ?? 0) > 0);
  t.is(progress?.part_size, undefined);
  t.is(progress?.part_bytes, sizes.part);
});

test("a record of this version doesn't keep the hash's state of an earlier one", async (t) => {
  const world = await halfPushed();
  await asEarlier(world);
  await run(world, { until: reached("remote.write", 1) });
  t.false(
    "hash_state" in (entryOf(world).progress ?? {}),
    "an earlier version would take it for that of the new checkpoint",
  );
});
