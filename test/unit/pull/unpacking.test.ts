/** Archives of many files: nothing of one shows before all of it was found to be sound, and each file shows once. */
import { createHash, randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { deflateRawSync, gzipSync } from "node:zlib";
import test from "ava";
import type { PullConfig, PullExtract, StreamConfig } from "../../../lambda/src/config/types.ts";
import type { Delivery } from "../../../lambda/src/journal/entry.ts";
import { history } from "../../../lambda/src/operator/history.ts";
import { sweepUploads } from "../../../lambda/src/pull/uploads.ts";
import { defaultSizes } from "../../../lambda/src/transfer/sizes.ts";
import { tarOf, zipOf } from "../../helpers/archives.ts";
import { deaths, type Effects, untilCrash } from "../../helpers/effects.ts";
import { place } from "../../helpers/memory-remote.ts";
import { pull, stream } from "../../helpers/streams.ts";
import { createWorld, untilLapsed, type World } from "../../helpers/world.ts";

const old = Date.UTC(2025, 11, 1) / 1000;
const mebibyte = 1024 * 1024;
const extract: PullExtract = {
  formats: ["zip", "tar", "tar.gz"],
  into: "{dir}/{stem}",
  maxEntries: 100,
  maxBytes: 1024 * mebibyte,
  maxRatio: 100,
};

const unpacking = (changes: Partial<PullExtract> = {}, more: Partial<PullConfig> = {}): StreamConfig =>
  stream({ pull: { ...pull, extract: { ...extract, ...changes }, ...more } });

/** zlib takes real time, during which the world's clock may not run away. */
const calmly = { sleep: () => pause(1) };
const sizes = { ...defaultSizes, part: 1_000 };

const fetchIn = async (world: World, effects?: Effects, changes: object = {}) => {
  const [config] = world.config.streams.values();
  if (!config) throw new Error("a world has its stream");
  const bridge = world.bridge(effects, undefined, { sizes, ...changes });
  await bridge.poll(config);
  await bridge.drainAll(calmly);
  return bridge;
};

const versionsOf = (world: World, key: string) => world.buckets.objects.get(`bucket/${key}`) ?? [];
const there = (world: World, key: string) => versionsOf(world, key).at(-1)?.bytes;
const keys = (world: World) =>
  [...world.buckets.objects.keys()].filter((name) => name.startsWith("bucket/")).toSorted();
const staged = (world: World) => [...world.buckets.objects.keys()].filter((name) => name.startsWith("config-bucket/"));
const said = (world: World): string => JSON.stringify(world.entries()[0]?.["last_error"]);
const deliveryOf = (world: World) =>
  ((world.entries()[0]?.["deliveries"] ?? []) as unknown as readonly Delivery[]).at(-1);

const large = randomBytes(3_500);
const members = [
  { name: "readme.txt", content: "line after line\n".repeat(20) },
  { name: "a/empty", content: "" },
  { name: "a/b/großes.bin", content: large },
  { name: "README.txt", content: "another one, to the letter" },
] as const;
const inside = ["README.txt", "a/b/großes.bin", "a/empty", "readme.txt"];

/** As the manual says: sha256sum of each, one sum of these lines. */
const sum = (content: string | Buffer) => createHash("sha256").update(content).digest("hex");
const listed = sum(
  inside.map((name) => `${sum(members.find((one) => one.name === name)?.content ?? "")}  ${name}\n`).join(""),
);

for (const [name, archive] of [
  ["x.zip", zipOf([{ name: "a/", content: "", stored: true }, ...members])],
  ["x.zip", zipOf(members.map((one) => ({ ...one, described: true, stored: one.name === "readme.txt" })))],
  [
    "x.tar",
    await tarOf([{ name: "./", type: "directory" }, ...members.map((one) => ({ ...one, name: `./${one.name}` }))]),
  ],
  ["x.tar.gz", gzipSync(await tarOf(members))],
  ["x.tgz", gzipSync(await tarOf(members))],
] as const)
  test(`${name} of ${archive.byteLength} bytes becomes its files, below a directory that is called like it`, async (t) => {
    const world = createWorld(unpacking());
    place(world.disk, `outbox/in/${name}`, archive, old);
    await fetchIn(world);
    t.is(said(world), undefined as never);
    t.deepEqual(keys(world), inside.map((path) => `bucket/in/in/x/${path}`).toSorted());
    for (const { name: path, content } of members)
      t.true(there(world, `in/in/x/${path}`)?.equals(Buffer.from(content)), path);
    const bytes = members.reduce((all, { content }) => all + Buffer.from(content).byteLength, 0);
    t.like(deliveryOf(world), {
      destination: "bucket/in/in/x/",
      bytes,
      files: 4,
      sha256: listed,
      pulled_bytes: archive.byteLength,
      pulled_sha256: sum(archive),
    });
    t.like(versionsOf(world, "in/in/x/readme.txt").at(-1)?.metadata, {
      "synched-by": "acme",
      "sftp-version": `${archive.byteLength}:${old}`,
    });
    t.deepEqual(staged(world), [], "nothing stays in staging");
    t.is(world.buckets.uploads.size, 0);
    t.true([...world.disk.files.keys()].every((path) => path.startsWith("outbox/in/.done/")));
  });

test("a crash at any effect ends with each file there once, whole; nothing shows before all of the archive was read", async (t) => {
  const files = [
    { name: "one.txt", content: "first file" },
    { name: "a/two.txt", content: "the second file, of several parts", stored: true },
    { name: "three.txt", content: "" },
  ] as const;
  const archive = zipOf(files);
  const small = { sizes: { ...defaultSizes, part: 30 } };
  for (const effects of deaths(30)) {
    const world = createWorld(unpacking({}, { after: "delete" }));
    const { where } = effects;
    const look: Effects = async (name, effect) => {
      try {
        return await effects(name, effect);
      } finally {
        for (const { name: path, content } of files)
          for (const version of versionsOf(world, `in/x/${path}`))
            if (version?.bytes.toString() !== content) t.fail(where());
        // The partner's file goes behind the last object, and not before.
        if (!world.disk.files.has("outbox/x.zip") && keys(world).length < files.length) t.fail(where());
        const { progress } = (world.entries()[0] ?? {}) as { progress?: { files?: number } };
        if (progress !== undefined && keys(world).length > 0 && progress.files !== files.length) t.fail(where());
      }
    };
    place(world.disk, "outbox/x.zip", archive, old);
    await untilCrash(() => fetchIn(world, look, small));
    for (let turn = 0; turn < 3; turn++) {
      world.time.now += untilLapsed;
      await fetchIn(world, undefined, small);
    }
    for (const { name: path, content } of files)
      t.deepEqual(
        versionsOf(world, `in/x/${path}`).map((version) => version?.bytes.toString()),
        [content],
        where(),
      );
    t.is(keys(world).length, files.length, where());
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
    t.true(staged(world).length <= 1, where());
  }
});

test("what one invocation hasn't the time for goes on in the next ones, from where it stopped", async (t) => {
  for (const [name, archive] of [
    ["x.zip", zipOf(members)],
    ["x.tar.gz", gzipSync(await tarOf(members))],
  ] as const) {
    const world = createWorld(unpacking());
    place(world.disk, `outbox/${name}`, archive, old);
    const made: string[] = [];
    const watching: Effects = async (effect, act) => {
      made.push(effect);
      return act();
    };
    // Enough to read it, and for one file behind that.
    for (let n = 1; n <= members.length; n++) {
      await fetchIn(world, watching, { remaining: () => 24_000 });
      t.is(keys(world).length, n, `${name}, run ${n}`);
      if (n < members.length) t.is(world.entries()[0]?.["state"], "pending");
      world.time.now += 61_000;
    }
    t.is(world.entries()[0]?.["state"], "delivered");
    t.like(deliveryOf(world), { files: members.length, sha256: listed });
    t.true(inside.every((path) => versionsOf(world, `in/x/${path}`).length === 1));
    t.is(made.filter((effect) => effect === "remote.openRead").length, 1);
  }
});

test("an archive that is gone from staging while its files are put is fetched again", async (t) => {
  const world = createWorld(unpacking());
  place(world.disk, "outbox/x.zip", zipOf(members), old);
  await fetchIn(world, undefined, { remaining: () => 24_000 });
  t.is(keys(world).length, 1);
  for (const name of staged(world)) world.buckets.objects.delete(name);
  for (let turn = 0; turn < 4; turn++) {
    world.time.now += untilLapsed;
    await fetchIn(world);
  }
  t.is(keys(world).length, members.length);
  t.is(world.entries()[0]?.["state"], "delivered");
});

const zip = (file: Parameters<typeof zipOf>[0][number], more: Parameters<typeof zipOf>[1] = {}) =>
  zipOf([{ name: "first.txt", content: "sound" }, file], more);
const tar = (file: Parameters<typeof tarOf>[0][number]) => tarOf([{ name: "first.txt", content: "sound" }, file]);
const text = "some text ".repeat(20);
const packedText = deflateRawSync(text);
const sound = zip({ name: "x", content: text });
const soundTar = await tar({ name: "x", content: text });
const zeros = Buffer.alloc(17 * mebibyte);

for (const [what, name, content, expected, changes] of [
  ["climbs out", "x.zip", zip({ name: "../x" }), /invalid relative path|would leave its directory/],
  ["climbs out in the middle", "x.zip", zip({ name: "a/../../x" }), /invalid relative path|would leave its directory/],
  [
    "climbs out as Windows does",
    "x.zip",
    zip({ name: "a\\..\\..\\x" }),
    /invalid relative path|would leave its directory/,
  ],
  ["is absolute", "x.zip", zip({ name: "/etc/passwd" }), /absolute path|empty segment/],
  ["is of a drive", "x.zip", zip({ name: "C:\\x" }), /absolute path|another drive/],
  ["has a NUL", "x.zip", zip({ name: "x\0.txt" }), /NUL/],
  ["has no name", "x.zip", zip({ name: "" }), /empty segment/],
  ["is too long", "x.zip", zip({ name: "n".repeat(256) }), /a name of 256 bytes/],
  ["is too deep", "x.zip", zip({ name: "deep/".repeat(250) }), /an S3 key of \d+ bytes; S3 allows 1024/],
  ["is there twice", "x.zip", zip({ name: "first.txt" }), /"first\.txt" inside twice/],
  ["is there twice, spelled otherwise", "x.zip", zip({ name: "./first.txt" }), /"first\.txt" inside twice/],
  ["is a file and a directory", "x.zip", zip({ name: "first.txt/x" }), /both as a file and as a directory/],
  ["is a link", "x.zip", zip({ name: "x", content: "/etc/passwd", mode: 0o120777 }), /a symbolic link and no file/],
  ["is a device", "x.zip", zip({ name: "x", mode: 0o060600 }), /a device and no file/],
  ["has a password", "x.zip", zip({ name: "x", content: text, flags: 1 }), /encrypted with a password/],
  ["is packed in a way of its own", "x.zip", zip({ name: "x", told: { method: 12 } }), /method 12/],
  [
    "is a directory with bytes",
    "x.zip",
    zip({ name: "x/", content: text }),
    /has the directory "x\/" inside, which has bytes/,
  ],
  [
    "has another checksum",
    "x.zip",
    zip({ name: "x", content: text, told: { crc: 1 }, local: { crc: 1 } }),
    /"x" inside is damaged \(its checksum/,
  ],
  [
    "has more bytes than it says",
    "x.zip",
    zip({ name: "x", content: text, told: { size: 9 }, local: { size: 9 } }),
    /more than the 9 bytes/,
  ],
  [
    "has fewer bytes than it says",
    "x.zip",
    zip({ name: "x", content: text, told: { size: 999 }, local: { size: 999 } }),
    /it has 200 bytes, and the directory tells 999/,
  ],
  [
    "is cut off within",
    "x.zip",
    zip({ name: "x", content: text, packed: packedText.subarray(0, -3) }),
    /"x" inside is damaged \(unexpected end/,
  ],
  [
    "has bytes behind its own",
    "x.zip",
    zip({ name: "x", content: text, packed: Buffer.concat([packedText, Buffer.from("more")]) }),
    /"x" inside is damaged/,
  ],
  ["is another one in its header", "x.zip", zip({ name: "x", local: { name: "y" } }), /disagree on its name/],
  [
    "is packed otherwise in its header",
    "x.zip",
    zip({ name: "x", local: { method: 0 } }),
    /disagree on its compression/,
  ],
  [
    "has another size in its header",
    "x.zip",
    zip({ name: "x", content: text, local: { size: 1 } }),
    /disagree on its size/,
  ],
  [
    "has another checksum in its header",
    "x.zip",
    zip({ name: "x", content: text, local: { crc: 1 } }),
    /disagree on its checksum/,
  ],
  [
    "has another checksum behind it",
    "x.zip",
    zip({ name: "x", content: text, described: true, local: { crc: 1 } }),
    /disagree on its size or checksum/,
  ],
  [
    "lies over another",
    "x.zip",
    zip({ name: "x", content: text, told: { offset: 0 } }),
    /two of them share some|disagree/,
  ],
  [
    "has bytes behind it that are nobody's",
    "x.zip",
    zip({ name: "x", behind: Buffer.from("hidden") }),
    /bytes that belong to none/,
  ],
  ["isn't counted", "x.zip", zip({ name: "x" }, { count: 1 }), /bytes behind its directory/],
  ["isn't there", "x.zip", zip({ name: "x" }, { count: 3 }), /zip is cut off or damaged/],
  ["has something before it", "x.zip", zip({ name: "x" }, { before: "#!/bin/sh\n" }), /bytes that belong to none/],
  ["has something behind its end", "x.zip", zip({ name: "x" }, { behind: "more" }), /zip is cut off or damaged/],
  ["is cut off at its end", "x.zip", sound.subarray(0, -1), /zip is cut off or damaged/],
  ["is cut off before its directory", "x.zip", sound.subarray(0, 100), /zip is cut off or damaged/],
  ["has no beginning", "x.zip", sound.subarray(10), /zip is cut off or damaged|bytes that belong to none/],
  ["is something else", "x.zip", gzipSync(text), /zip is cut off or damaged/],
  [
    "is too many",
    "x.zip",
    sound,
    /2 files and directories inside; pull\.extract\.max_entries allows 1/,
    { maxEntries: 1 },
  ],
  [
    "has too many directories",
    "x.zip",
    zip({ name: "a/b/c/x" }),
    /more than 4 files and directories/,
    { maxEntries: 4 },
  ],
  ["is a bomb", "x.zip", zip({ name: "x", content: zeros }), /more than 100 times as large/],
  [
    "is a bomb that says less",
    "x.zip",
    zip({ name: "x", content: zeros, told: { size: 9 }, local: { size: 9 } }),
    /more than the 9 bytes/,
  ],
  ["is too large inside", "x.zip", sound, /more than 204 bytes inside/, { maxBytes: 204 }],
  ["climbs out", "x.tar", await tar({ name: "../x" }), /would leave its directory/],
  ["is absolute", "x.tar", await tar({ name: "/etc/passwd" }), /empty segment/],
  ["is there twice", "x.tar", await tar({ name: "./first.txt" }), /inside twice/],
  [
    "is a symbolic link",
    "x.tar",
    await tar({ name: "x", type: "symlink", linkname: "/etc" }),
    /a symbolic link and no file/,
  ],
  ["is a hard link", "x.tar", await tar({ name: "x", type: "link", linkname: "first.txt" }), /a hard link and no file/],
  ["is a device", "x.tar", await tar({ name: "x", type: "block-device" }), /a device and no file/],
  ["is sparse", "x.tar", await tar({ name: "x", pax: { "GNU.sparse.major": "1" } }), /such as a sparse file/],
  ["has no end", "x.tar", soundTar.subarray(0, -512), /tar is cut off or damaged \(it has no end\)/],
  ["is cut off in a file", "x.tar", soundTar.subarray(0, 700), /tar is cut off or damaged/],
  [
    "has one bit flipped",
    "x.tar",
    Buffer.from(soundTar.map((byte, at) => (at === 2 ? byte ^ 1 : byte))),
    /Invalid tar header/,
  ],
  [
    "goes on with something else",
    "x.tar",
    Buffer.concat([soundTar, Buffer.alloc(512, "x")]),
    /tar is cut off or damaged/,
  ],
  ["is something else", "x.tar", Buffer.alloc(1_024, "x"), /tar is cut off or damaged/],
  ["is too many", "x.tar", soundTar, /more than 1 files and directories/, { maxEntries: 1 }],
  ["is no gzip", "x.tar.gz", soundTar, /tar\.gz is cut off or damaged/],
  ["is cut off", "x.tar.gz", gzipSync(soundTar).subarray(0, -4), /tar\.gz is cut off or damaged/],
  ["is a bomb", "x.tgz", gzipSync(await tar({ name: "x", content: zeros })), /more than 100 times as large/],
  ["is too large inside", "x.tar.gz", gzipSync(soundTar), /more than 900 bytes inside/, { maxBytes: 900 }],
  ["isn't called so", "x.rar", "x", /a name ending in \.zip or \.tar or \.tar\.gz or \.tgz\./],
] as const)
  test(`an archive is given up as a whole, with words, and stays at the partner: in ${name} a file ${what}`, async (t) => {
    const world = createWorld(unpacking(changes));
    place(world.disk, `outbox/${name}`, content, old);
    await fetchIn(world, undefined, { sizes: { ...defaultSizes, part: 1_000_000 } });
    t.is(world.entries()[0]?.["state"], "failed");
    t.regex(said(world).replaceAll('\\"', '"'), expected);
    t.regex(said(world), /UnfitError.*Stream acme: .*stays at the partner/);
    t.deepEqual([...world.disk.files.keys()], [`outbox/${name}`]);
    t.deepEqual(keys(world), []);
    t.deepEqual(staged(world), []);
    t.is(world.buckets.uploads.size, 0);
  });

test("what S3 fails with is no judgement of the archive", async (t) => {
  for (const [name, archive] of [
    ["x.zip", zipOf(members)],
    ["x.tar.gz", gzipSync(await tarOf(members))],
  ] as const)
    for (const n of [0, 1]) {
      const world = createWorld(unpacking());
      place(world.disk, `outbox/${name}`, archive, old);
      let seen = 0;
      const failing: Effects = async (effect, act) => {
        if (effect === "objects.get" && seen++ === n) throw new Error("S3 is out of order");
        return act();
      };
      await fetchIn(world, failing);
      t.not(world.entries()[0]?.["state"], "failed", `${name} ${n}`);
      world.time.now += 3_600_000;
      await fetchIn(world);
      t.is(world.entries()[0]?.["state"], "delivered", `${name} ${n}`);
    }
});

test("two archives never share a file, unless they are put into one directory", async (t) => {
  const twice = async (into: string, first: string, second: string) => {
    const world = createWorld(unpacking({ into }));
    for (const [number, name] of [first, second].entries()) {
      place(world.disk, `outbox/${name}`, zipOf([{ name: number === 0 ? "b/x" : "x", content: name }]), old);
      await fetchIn(world);
      world.time.now += 60_000;
    }
    return world;
  };
  const world = await twice("{dir}/{stem}", "a.zip", "a/b.zip");
  t.is(there(world, "in/a/b/x")?.toString(), "a.zip");
  t.true(
    world.entries().some(({ last_error: error }) => /is another file's of this stream/.test(JSON.stringify(error))),
  );
  const named = await twice("{dir}/{name}", "a.zip", "a/b.zip");
  t.deepEqual(keys(named), ["bucket/in/a.zip/b/x", "bucket/in/a/b.zip/x"]);
  const flat = await twice("all/{stream}", "a.zip", "c.zip");
  t.deepEqual(keys(flat), ["bucket/in/all/acme/b/x", "bucket/in/all/acme/x"]);
  const beside = await twice("{dir}", "a.zip", "b/a.zip");
  t.deepEqual(keys(beside), ["bucket/in/b/x"]);
  t.is(there(beside, "in/b/x")?.toString(), "b/a.zip");
});

for (const [what, first, second] of [
  ["of one name", ["a.tgz", "x"], ["a.tar.gz", "x"]],
  ["one inside of the other's place", ["a.zip", "b/x"], ["a/b.zip", "x"]],
] as const)
  for (const order of [
    [first, second],
    [second, first],
  ])
    test(`of two archives that would meet, unpacked in the same moment, one is there and the other names both: ${what}, ${order[0]?.[0]} first`, async (t) => {
      const world = createWorld(unpacking());
      for (const [name, path] of order) {
        const files = [
          { name: path, content: name },
          { name: path.replace("x", `of-${name}`), content: name },
        ];
        place(world.disk, `outbox/${name}`, name.endsWith(".zip") ? zipOf(files) : gzipSync(await tarOf(files)), old);
      }
      await fetchIn(world);
      for (let minute = 0; minute < 5; minute++) {
        world.time.now += 60_000;
        await fetchIn(world);
      }
      const [one, other] = world.entries().toSorted((a, b) => String(a["state"]).localeCompare(String(b["state"])));
      t.is(one?.["state"], "delivered");
      t.is(other?.["state"], "failed");
      const winner = String(one?.["path"]);
      t.deepEqual(
        keys(world).map((key) =>
          versionsOf(world, key.replace("bucket/", "")).map((version) => version?.bytes.toString()),
        ),
        [[winner], [winner]],
      );
      const message = JSON.stringify(other?.["last_error"]);
      for (const name of [first[0], second[0]]) t.true(message.includes(`outbox/${name}`), message);
      t.regex(message, /is another file's of this stream/);
    });

test("a file that is packed alone, and one in an archive, don't take each other's place", async (t) => {
  for (const order of [
    ["a.zip", "a/x.gz"],
    ["a/x.gz", "a.zip"],
  ]) {
    const world = createWorld(unpacking({ formats: ["gzip", "zip"] }));
    for (const name of order) {
      const file = name.endsWith(".zip") ? zipOf([{ name: "x", content: name }]) : gzipSync(name);
      place(world.disk, `outbox/${name}`, file, old);
      await fetchIn(world);
      world.time.now += 60_000;
    }
    t.deepEqual(
      versionsOf(world, "in/a/x").map((version) => version?.bytes.toString()),
      [order[0]],
    );
    const failed = world.entries().find(({ state }) => state === "failed");
    t.is(failed?.["path"], order[1]);
    t.regex(
      JSON.stringify(failed?.["last_error"]),
      /another file's of this stream|came in an archive, .*outbox\/a\.zip/,
    );
  }
});

test("an archive that comes again, and one without files", async (t) => {
  const world = createWorld(unpacking({}, { after: "delete" }));
  for (const [n, files] of [[{ name: "x", content: "1" }], [{ name: "x", content: "22" }], []].entries()) {
    place(world.disk, "outbox/a.zip", zipOf(files), old + n);
    await fetchIn(world);
    world.time.now += 60_000;
  }
  t.deepEqual(
    versionsOf(world, "in/a/x").map((version) => version?.bytes.toString()),
    ["1", "22"],
  );
  t.like(deliveryOf(world), { files: 0, bytes: 0 });
});

test("one stream may take archives and files of one format", async (t) => {
  const world = createWorld(unpacking({ formats: ["gzip", "tar.gz", "zip"] }));
  place(world.disk, "outbox/a.csv.gz", gzipSync("alone"), old);
  place(world.disk, "outbox/b.tar.gz", gzipSync(await tarOf([{ name: "x", content: "in a tar" }])), old);
  await fetchIn(world);
  t.is(there(world, "in/a.csv")?.toString(), "alone");
  t.is(there(world, "in/b/x")?.toString(), "in a tar");
});

test("an operator finds an archive by a file of it, and what a dead run has begun there is aborted", async (t) => {
  const world = createWorld(unpacking());
  place(world.disk, "outbox/a/x.tgz", gzipSync(await tarOf(members)), old);
  const { invocation, deps } = await fetchIn(world);
  for (const path of ["s3://bucket/in/a/x/a/empty", "a/x.tgz"]) {
    const { files } = await history(invocation, { stream: "acme", path });
    t.deepEqual(
      files.map((file) => file.path),
      ["a/x.tgz"],
      path,
    );
  }
  const [config] = world.config.streams.values();
  if (!config?.pull) throw new Error("the stream has a pull");
  for (const key of ["in/a/x/a/b/large", "in/b/x"]) await deps.objects.createUpload({ bucket: "bucket", key }, {});
  world.time.now += 2 * 86_400_000;
  const before = world.time.now - 86_400_000;
  t.is(await sweepUploads(config, config.pull, { ...deps, log: deps.telemetry.log, before }), 1);
});
