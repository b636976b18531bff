/** Files that are changed before they get their name in S3: fetched into staging, opened there, and never seen before they are whole. */
import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { gzipSync, zstdCompressSync } from "node:zlib";
import test from "ava";
import { partnersOf } from "../../../lambda/src/config/partners.ts";
import type { PullConfig, StreamConfig } from "../../../lambda/src/config/types.ts";
import { createDeadline } from "../../../lambda/src/drain/deadline.ts";
import { drain } from "../../../lambda/src/drain/drain.ts";
import type { Delivery, Entry } from "../../../lambda/src/journal/entry.ts";
import { LeaseLost } from "../../../lambda/src/journal/lease.ts";
import { history } from "../../../lambda/src/operator/history.ts";
import type { PullContext } from "../../../lambda/src/pull/context.ts";
import { open } from "../../../lambda/src/pull/opening.ts";
import { sweepUploads } from "../../../lambda/src/pull/uploads.ts";
import { defaultSizes } from "../../../lambda/src/transfer/sizes.ts";
import { Crash, deaths, type Effects, untilCrash } from "../../helpers/effects.ts";
import { place } from "../../helpers/memory-remote.ts";
import { configOf, pull, stream } from "../../helpers/streams.ts";
import { createWorld, untilLapsed, type World } from "../../helpers/world.ts";

const old = Date.UTC(2025, 11, 1) / 1000;
const mebibyte = 1024 * 1024;
const extract = {
  formats: ["gzip"],
  into: "{dir}/{stem}",
  maxEntries: 10,
  maxBytes: 1024 * mebibyte,
  maxRatio: 100,
} as const;

const opening = (changes: Partial<PullConfig> = {}): StreamConfig => stream({ pull: { ...pull, extract, ...changes } });

/** zlib takes real time, during which the world's clock may not run away. */
const calmly = { sleep: () => pause(1) };

const fetchIn = async (world: World, ...options: Parameters<World["bridge"]>) => {
  const [config] = world.config.streams.values();
  if (!config) throw new Error("a world has its stream");
  const bridge = world.bridge(...options);
  await bridge.poll(config);
  await bridge.drainAll(calmly);
  return bridge;
};

const there = (world: World, key: string): Buffer | undefined =>
  world.buckets.objects.get(`bucket/${key}`)?.at(-1)?.bytes;
const keys = (world: World) => [...world.buckets.objects.keys()].filter((name) => name.startsWith("bucket/"));
const staged = (world: World) => [...world.buckets.objects.keys()].filter((name) => name.startsWith("config-bucket/"));
const said = (world: World): string => JSON.stringify(world.entries()[0]?.["last_error"]);

for (const [format, ending, pack] of [
  ["gzip", ".gz", gzipSync],
  ["zstd", ".zst", zstdCompressSync],
] as const)
  test(`pull.extract with ${format}: S3 gets the file that is inside, under a name that says so`, async (t) => {
    const world = createWorld(opening({ extract: { ...extract, formats: [format] } }));
    const content = "line after line\n".repeat(1_000);
    const packed = pack(Buffer.from(content));
    place(world.disk, `outbox/a/file.txt${ending}`, packed, old);
    await fetchIn(world);
    t.deepEqual(keys(world), ["bucket/in/a/file.txt"]);
    t.is(there(world, "in/a/file.txt")?.toString(), content);
    const [entry] = world.entries();
    t.is(entry?.["state"], "delivered");
    const [delivery] = (entry?.["deliveries"] ?? []) as unknown as readonly Delivery[];
    t.like(delivery, { bytes: content.length, destination: "bucket/in/a/file.txt", pulled_bytes: packed.byteLength });
    t.not(delivery?.sha256, delivery?.pulled_sha256);
    t.like(world.buckets.objects.get("bucket/in/a/file.txt")?.at(-1)?.metadata, {
      "synched-by": "acme",
      mtime: String(old),
    });
    t.deepEqual(staged(world), [], "nothing stays in staging");
    t.is(world.buckets.uploads.size, 0);
    t.true([...world.disk.files.keys()].every((path) => path.startsWith("outbox/a/.done/")));
  });

test("an empty file, and one of several parts", async (t) => {
  const world = createWorld(opening());
  const content = randomBytes(5_000);
  place(world.disk, "outbox/empty.gz", gzipSync(""), old);
  place(world.disk, "outbox/large.gz", gzipSync(content), old);
  await fetchIn(world, undefined, undefined, { sizes: { ...defaultSizes, part: 1_000 } });
  t.is(there(world, "in/empty")?.byteLength, 0);
  t.true(there(world, "in/large")?.equals(content));
  t.is(world.buckets.uploads.size, 0);
});

test("a crash at any effect ends with the newest version, whole; nothing else is ever seen under its name", async (t) => {
  const [first, second] = ["first version, long enough", "second!"];
  for (const effects of deaths(25)) {
    const world = createWorld(opening({ after: "delete" }));
    const sizes = { ...defaultSizes, part: 20 };
    const { where } = effects;
    const look: Effects = async (name, effect) => {
      try {
        return await effects(name, effect);
      } finally {
        for (const version of world.buckets.objects.get("bucket/in/file.txt") ?? [])
          if (![first, second].includes(version?.bytes.toString() ?? "")) t.fail(where());
        // The partner's file goes behind the object, and not before.
        if (!world.disk.files.has("outbox/file.txt.gz") && there(world, "in/file.txt") === undefined) t.fail(where());
      }
    };
    place(world.disk, "outbox/file.txt.gz", gzipSync(first), old);
    await untilCrash(() => fetchIn(world, look, undefined, { sizes }));
    place(world.disk, "outbox/file.txt.gz", gzipSync(second), old + 60);
    for (let turn = 0; turn < 4; turn++) {
      world.time.now += untilLapsed;
      await fetchIn(world, undefined, undefined, { sizes });
    }
    t.is(there(world, "in/file.txt")?.toString(), second, where());
    t.deepEqual(keys(world), ["bucket/in/file.txt"], where());
    t.deepEqual([...world.disk.files.keys()], [], where());
    t.true(
      world.entries().every(({ state, progress }) => state === "delivered" && progress === undefined),
      where(),
    );
    t.deepEqual(
      [...world.buckets.uploads.values()].filter((upload) => upload.place.startsWith("bucket/")),
      [],
      where(),
    );
    // Only a run that dies just before it removes what is of no use any more leaves one to the bucket's lifecycle.
    t.true(staged(world).length <= 1, where());
  }
});

/** A process that dies at the n-th effect of this name below this place. */
const dyingAt = (last: string, n = 0): Effects => {
  let seen = 0;
  return async (name, effect) => {
    if (name === last) seen++;
    if (seen > n) throw new Crash(name);
    return effect();
  };
};

test("a run that dies while it opens leaves what was fetched, and the next one doesn't ask the partner for it", async (t) => {
  const world = createWorld(opening());
  place(world.disk, "outbox/file.gz", gzipSync("some content"), old);
  await t.throwsAsync(fetchIn(world, dyingAt("objects.completeUpload")), { instanceOf: Crash });
  t.is(world.buckets.uploads.size, 1);
  t.is(staged(world).length, 1);
  t.deepEqual(keys(world), []);
  world.time.now += untilLapsed;
  const made: string[] = [];
  await world
    .bridge(async (name, effect) => {
      made.push(name);
      return effect();
    })
    .drainAll(calmly);
  t.false(made.includes("remote.openRead"));
  t.is(there(world, "in/file")?.toString(), "some content");
  t.deepEqual(staged(world), []);
  t.is(world.buckets.uploads.size, 0, "what the dead run had begun is aborted");
});

test("what was fetched and is gone, or is something else by now, is fetched again", async (t) => {
  for (const harm of ["gone", "other"] as const) {
    const world = createWorld(opening());
    place(world.disk, "outbox/file.gz", gzipSync("some content"), old);
    await t.throwsAsync(fetchIn(world, dyingAt("objects.completeUpload")), { instanceOf: Crash });
    for (const name of staged(world)) {
      const [version] = world.buckets.objects.get(name) ?? [];
      if (harm === "gone") world.buckets.objects.delete(name);
      else if (version) world.buckets.objects.set(name, [{ ...version, bytes: gzipSync("some c0ntent") }]);
    }
    for (let turn = 0; turn < 4; turn++) {
      world.time.now += untilLapsed;
      await world.bridge().drainAll(calmly);
      if (harm === "other" && turn === 1) for (const name of staged(world)) world.buckets.objects.delete(name);
    }
    t.is(there(world, "in/file")?.toString(), "some content", harm);
    t.is(world.buckets.objects.get("bucket/in/file")?.length, 1, harm);
  }
});

test("a run whose lease is too short shows nothing of what it has opened", async (t) => {
  const config = opening();
  const world = createWorld(config);
  place(world.disk, "outbox/file.gz", gzipSync("some content"), old);
  await t.throwsAsync(fetchIn(world, dyingAt("objects.completeUpload")), { instanceOf: Crash });
  const { deps, telemetry } = world.bridge();
  const [entry] = world.entries() as unknown as readonly Entry[];
  if (entry === undefined) throw new Error("the file is known");
  const context = {
    ...deps,
    stream: config,
    pull: config.pull,
    lease: { partner: "acme", holder: "nobody", remaining: () => 0, renew: async () => {} },
    sizes: defaultSizes,
    time: { left: () => 900_000, whole: 900_000 },
    signal: new AbortController().signal,
    log: telemetry.log,
  } as unknown as PullContext;
  await t.throwsAsync(open(entry, { bucket: "bucket", key: "in/file" }, context), { instanceOf: LeaseLost });
  t.is(there(world, "in/file"), undefined);
});

const random = randomBytes(3_000);
const flipped = (file: Buffer) => Buffer.from(file.map((byte, at) => (at === 1_500 ? byte ^ 1 : byte)));

for (const [what, name, content, expected, changes] of [
  [
    "is cut off",
    "file.gz",
    gzipSync(random).subarray(0, -1),
    /its gzip is cut off or damaged \(unexpected end of file\)/,
  ],
  ["is cut off", "file.zst", zstdCompressSync(random).subarray(0, -1), /its zstd is cut off or damaged/],
  ["has one bit flipped", "file.gz", flipped(gzipSync(random)), /its gzip is cut off or damaged/],
  [
    "goes on with something else",
    "file.gz",
    Buffer.concat([gzipSync(random), random]),
    /its gzip is cut off or damaged/,
  ],
  [
    "goes on with something else",
    "file.zst",
    Buffer.concat([zstdCompressSync(random), Buffer.from("x")]),
    /behind its first zstd frame/,
  ],
  [
    "has two frames",
    "file.zst",
    Buffer.concat([zstdCompressSync("x"), zstdCompressSync("y")]),
    /behind its first zstd frame/,
  ],
  ["is something else", "file.gz", "in the clear", /isn't gzip \(pull\.extract\): it begins with 696e2074/],
  ["is empty", "file.gz", "", /isn't gzip .* begins with nothing/],
  [
    "has another name",
    "file.txt",
    gzipSync("x"),
    /file\.txt isn't called as what this stream opens \(pull\.extract\): a name ending in \.gz\./,
  ],
  ["has its ending in capitals", "file.GZ", gzipSync("x"), /file\.GZ isn't called as/],
  ["has no name but the ending", "a/.gz", gzipSync("x"), /a\/\.gz isn't called as/],
  ["is a bomb", "file.gz", gzipSync(Buffer.alloc(17 * mebibyte)), /becomes more than 100 times as large/],
  ["is too large inside", "file.gz", gzipSync(random), /more than 1000 bytes inside/, { maxBytes: 1_000 }],
] as const)
  test(`a file is given up at once, with words, and stays at the partner: ${name} ${what}`, async (t) => {
    const formats = [name.endsWith(".zst") ? "zstd" : "gzip"] as const;
    const world = createWorld(opening({ extract: { ...extract, formats, ...changes } }));
    place(world.disk, `outbox/${name}`, content, old);
    await fetchIn(world, undefined, undefined, { sizes: { ...defaultSizes, part: 1_000_000 } });
    const [entry] = world.entries();
    if (entry?.["state"] === "pending") {
      // An empty file has to hold still for longer.
      world.time.now += untilLapsed;
      await fetchIn(world);
    }
    t.is(world.entries()[0]?.["state"], "failed");
    t.regex(said(world), expected);
    t.regex(said(world), /UnfitError.*Stream acme: .*stays at the partner/);
    t.deepEqual([...world.disk.files.keys()], [`outbox/${name}`]);
    t.deepEqual(keys(world), []);
    t.deepEqual(staged(world), []);
    t.is(world.buckets.uploads.size, 0);
    await fetchIn(world);
    t.is(world.entries()[0]?.["state"], "failed", "no poll takes it again");
  });

test("what no invocation has the time to open isn't fetched, and what only this one hasn't the time for waits", async (t) => {
  const world = createWorld(opening());
  place(world.disk, "outbox/file.gz", gzipSync(randomBytes(10_000)), old);
  const never = { ...defaultSizes, cores: 0.000_000_5 };
  const made: string[] = [];
  const watching: Effects = async (name, effect) => {
    made.push(name);
    return effect();
  };
  await fetchIn(world, watching, undefined, { sizes: never });
  t.false(made.includes("remote.openRead"));
  t.regex(said(world), /outbox\/file\.gz has \d+ bytes, and extract may need \d+ s .*Raise timeout/);

  world.time.now += untilLapsed;
  const slow = { ...defaultSizes, cores: 0.000_003 };
  await world.bridge(undefined, undefined, { remaining: () => 100_000, sizes: slow }).drainAll(calmly);
  t.is(world.entries()[0]?.["state"], "pending");
  t.is(staged(world).length, 1, "it is fetched");
  world.time.now += 61_000;
  await world.bridge(undefined, undefined, { sizes: slow }).drainAll(calmly);
  t.is(there(world, "in/file")?.byteLength, 10_000);
});

test("a copy that was under way when the stream began, or ceased, to open files starts again", async (t) => {
  for (const [before, after] of [
    [stream({ pull }), opening()],
    [opening(), stream({ pull })],
  ] as const) {
    const world = createWorld(before);
    const packed = gzipSync(randomBytes(3_000));
    place(world.disk, "outbox/file.gz", packed, old);
    const sizes = { ...defaultSizes, part: 1_000, checkpointEvery: 0 };
    await t.throwsAsync(fetchIn(world, dyingAt("objects.uploadPart", 2), undefined, { sizes }), { instanceOf: Crash });
    world.time.now += untilLapsed;
    const config = configOf(after);
    const { deps } = world.bridge(undefined, undefined, { sizes });
    for (const partner of partnersOf(config).values())
      await drain({ ...deps, ...calmly, config }, partner, { hints: [], deadline: createDeadline(() => 900_000) });
    const opens = after.pull?.extract !== undefined;
    t.deepEqual(keys(world), [opens ? "bucket/in/file" : "bucket/in/file.gz"]);
    t.is(there(world, opens ? "in/file" : "in/file.gz")?.byteLength, opens ? 3_000 : packed.byteLength);
  }
});

test("a template gives a name to what is inside", async (t) => {
  const world = createWorld(opening({ name: "{dir}/{stem}-{stream}{ext}" }));
  place(world.disk, "outbox/a/file.csv.gz", gzipSync("some content"), old);
  await fetchIn(world);
  t.deepEqual(keys(world), ["bucket/in/a/file-acme.csv"]);
});

test("an operator finds a file by its name in S3 as well", async (t) => {
  const world = createWorld(opening());
  place(world.disk, "outbox/a/file.csv.gz", gzipSync("some content"), old);
  const { invocation } = await fetchIn(world);
  for (const path of ["s3://bucket/in/a/file.csv", "a/file.csv.gz", "outbox/a/file.csv.gz"]) {
    const { files } = await history(invocation, { stream: "acme", path });
    t.deepEqual(
      files.map((file) => file.path),
      ["a/file.csv.gz"],
      path,
    );
  }
});

test("an old upload to the final key that nobody completes is found and aborted", async (t) => {
  const world = createWorld(opening());
  place(world.disk, "outbox/a/file.csv.gz", gzipSync("some content"), old);
  const { deps } = await fetchIn(world);
  const [config] = world.config.streams.values();
  if (!config?.pull) throw new Error("the stream has a pull");
  await deps.objects.createUpload({ bucket: "bucket", key: "in/a/file.csv" }, {});
  await deps.objects.createUpload({ bucket: "bucket", key: "in/a/not-ours.csv" }, {});
  world.time.now += 2 * 86_400_000;
  const before = world.time.now - 86_400_000;
  t.is(await sweepUploads(config, config.pull, { ...deps, log: deps.telemetry.log, before }), 1);
  t.deepEqual(
    [...world.buckets.uploads.values()].map((upload) => upload.place),
    ["bucket/in/a/not-ours.csv"],
  );
});

test("markers of the partner are taken as they are", async (t) => {
  const ready = { marker: "{name}.ok", scope: "file", after: "delete", checksum: "none", deliver: true } as const;
  const world = createWorld(opening({ ready }));
  place(world.disk, "outbox/file.gz", gzipSync("some content"), old);
  place(world.disk, "outbox/file.gz.ok", "", old);
  for (let turn = 0; turn < 3; turn++) {
    await fetchIn(world);
    world.time.now += untilLapsed;
  }
  t.deepEqual(keys(world).toSorted(), ["bucket/in/file", "bucket/in/file.gz.ok"]);
});
