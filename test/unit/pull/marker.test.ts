/** Markers of a partner (`pull.ready`): files count once theirs is there, and it goes last. */
import { createHash } from "node:crypto";
import test, { type ExecutionContext } from "ava";
import type { PullConfig, PullReady, PullStream, StreamConfig } from "../../../lambda/src/config/types.ts";
import { leftIn } from "../../../lambda/src/pull/left.ts";
import { surveyPartner } from "../../../lambda/src/pull/survey.ts";
import { deaths, untilCrash } from "../../helpers/effects.ts";
import { memoryRemote, place } from "../../helpers/memory-remote.ts";
import { pull, stream } from "../../helpers/streams.ts";
import { createWorld, untilLapsed, type World } from "../../helpers/world.ts";

const old = Date.UTC(2025, 11, 1) / 1000;
const byName: PullReady = { marker: "{name}.done", scope: "file", after: "delete", checksum: "none", deliver: false };

const withReady = (ready: Partial<PullReady>, changes: Partial<PullConfig> = {}): StreamConfig =>
  stream({ pull: { ...pull, after: "delete", ready: { ...byName, ...ready }, ...changes } });

const pollAndDrain = async (world: World, config: StreamConfig, turns = 1) => {
  for (let turn = 0; turn < turns; turn++) {
    await world.bridge().poll(config);
    await world.bridge().drainAll();
    world.time.now += 60_000;
  }
};

const leftOf = (world: World): Record<string, number> => {
  const item = [...world.items.values()].find(({ sk }) => sk === "acme#left");
  return Object.fromEntries(leftIn(item as never).map(({ reason, count }) => [reason, count]));
};
const files = (world: World) => [...world.disk.files.keys()].toSorted();
const objects = (world: World) => [...world.buckets.objects.keys()].toSorted();

test("a file without its marker waits, is counted, and moves once the marker is there", async (t) => {
  const config = withReady({});
  const world = createWorld(config);
  place(world.disk, "outbox/a/data.csv", "content", old);
  await pollAndDrain(world, config, 2);
  t.deepEqual(objects(world), []);
  t.deepEqual(leftOf(world), { "no-marker": 1 });

  place(world.disk, "outbox/a/data.csv.done", "", old);
  await pollAndDrain(world, config);
  t.is(world.content("bucket", "in/a/data.csv"), "content");
  t.deepEqual(objects(world), ["bucket/in/a/data.csv"]);
  t.deepEqual(files(world), []);
  await pollAndDrain(world, config);
  t.deepEqual(leftOf(world), {});
});

test("a marker whose file isn't there waits, is counted, and stays", async (t) => {
  const config = withReady({});
  const world = createWorld(config);
  place(world.disk, "outbox/data.csv.done", "", old);
  await pollAndDrain(world, config, 3);
  t.deepEqual(leftOf(world), { "no-file-for-marker": 1 });
  t.deepEqual(files(world), ["outbox/data.csv.done"]);
  t.deepEqual(world.entries(), []);

  place(world.disk, "outbox/data.csv", "content", old);
  await pollAndDrain(world, config);
  t.deepEqual(files(world), []);
  t.is(world.content("bucket", "in/data.csv"), "content");
});

const fates = {
  delete: { left: [] },
  move: { left: [/^outbox\/\.done\/\d{14}-data\.ok$/] },
  keep: { left: [/^outbox\/data\.ok$/] },
} as const;
for (const after of ["delete", "move", "keep"] as const)
  test(`a marker with after = "${after}" is taken once`, async (t) => {
    const config = withReady({ marker: "{stem}.ok", after });
    const world = createWorld(config);
    place(world.disk, "outbox/data.csv", "one", old);
    place(world.disk, "outbox/data.pdf", "two", old);
    place(world.disk, "outbox/data.ok", "", old);
    await pollAndDrain(world, config, 4);
    t.deepEqual(objects(world), ["bucket/in/data.csv", "bucket/in/data.pdf"]);
    const left = files(world);
    t.is(left.length, fates[after].left.length, left.join());
    for (const [at, pattern] of fates[after].left.entries()) t.regex(left[at] ?? "", pattern);
    t.deepEqual(leftOf(world), {});
    t.true(world.entries().every(({ state }) => state === "delivered"));
  });

test("a marker waits for the last of its files, also for one that is tried again or was given up", async (t) => {
  const config = withReady({ marker: "{stem}.ok" });
  const world = createWorld(config);
  place(world.disk, "outbox/data.csv", "one", old);
  place(world.disk, "outbox/data.pdf", "two", old);
  place(world.disk, "outbox/data.ok", "", old);
  const refusing = world.bridge(async (name, effect) => {
    if (name === "objects.put" && objects(world).length > 0) throw new Error("refused");
    return effect();
  });
  await refusing.poll(config);
  await refusing.drainAll();
  t.true(files(world).includes("outbox/data.ok"));
  t.is(world.entries().filter(({ state }) => state === "pending").length, 2, "the file and its marker");
  await pollAndDrain(world, config, 4);
  t.deepEqual(files(world), []);
});

test("a directory's marker lets all of its files go, and no other directory's", async (t) => {
  const config = withReady({ marker: "_READY", scope: "directory" });
  const world = createWorld(config);
  for (const name of ["a/one", "a/two", "b/three"]) place(world.disk, `outbox/${name}`, name, old);
  place(world.disk, "outbox/a/_READY", "", old);
  await pollAndDrain(world, config, 2);
  t.deepEqual(objects(world), ["bucket/in/a/one", "bucket/in/a/two"]);
  t.deepEqual(files(world), ["outbox/b/three"]);
  t.deepEqual(leftOf(world), { "no-marker": 1 });
});

test("a marker that is delivered comes to S3 behind its file", async (t) => {
  const config = withReady({ deliver: true });
  const world = createWorld(config);
  place(world.disk, "outbox/data.csv", "content", old);
  place(world.disk, "outbox/data.csv.done", "says so", old);
  let isLate = true;
  const bridge = world.bridge(async (_name, effect) => {
    const result = await effect();
    if (objects(world).includes("bucket/in/data.csv.done")) isLate &&= objects(world).includes("bucket/in/data.csv");
    return result;
  });
  await bridge.poll(config);
  await bridge.drainAll();
  t.true(isLate);
  t.is(world.content("bucket", "in/data.csv.done"), "says so");
  t.deepEqual(files(world), []);
});

test("what include leaves out needs no marker, and markers need not be included", async (t) => {
  const config = withReady({ marker: "{stem}.ok" }, { include: ["*.csv"] });
  const world = createWorld(config);
  for (const name of ["data.csv", "data.xml", "data.ok"]) place(world.disk, `outbox/${name}`, name, old);
  await pollAndDrain(world, config, 2);
  t.deepEqual(objects(world), ["bucket/in/data.csv"]);
  t.deepEqual(files(world), ["outbox/data.xml"]);
  t.deepEqual(leftOf(world), { "not-included": 1 });
});

test("a marker is not known while files of it wait for room", async (t) => {
  const config = withReady({ marker: "_READY", scope: "directory" }, { maxOpenFiles: 1 });
  const world = createWorld(config);
  for (const name of ["one", "two", "_READY"]) place(world.disk, `outbox/${name}`, name, old);
  await pollAndDrain(world, config);
  t.deepEqual(files(world), ["outbox/_READY", "outbox/two"]);
  await pollAndDrain(world, config, 2);
  t.deepEqual(files(world), []);
  t.deepEqual(objects(world), ["bucket/in/one", "bucket/in/two"]);
});

test("a file that is kept needs its marker once, and a marker that was written anew isn't taken for the old one", async (t) => {
  const config = withReady({}, { after: "keep" });
  const world = createWorld(config);
  place(world.disk, "outbox/data.csv", "one", old);
  place(world.disk, "outbox/data.csv.done", "", old);
  await pollAndDrain(world, config, 3);
  t.deepEqual(files(world), ["outbox/data.csv"]);
  t.deepEqual(leftOf(world), {});
  place(world.disk, "outbox/data.csv", "another", old + 100);
  await pollAndDrain(world, config, 2);
  t.is(world.content("bucket", "in/data.csv"), "one");
  t.deepEqual(leftOf(world), { "no-marker": 1 });
});

test("a marker that is written anew while its file moves stays for the next file", async (t) => {
  const config = withReady({});
  const world = createWorld(config);
  place(world.disk, "outbox/data.csv", "one", old);
  place(world.disk, "outbox/data.csv.done", "", old);
  let isWritten = false;
  const bridge = world.bridge(async (name, effect) => {
    const result = await effect();
    if (isWritten || name !== "remote.remove") return result;
    isWritten = true;
    place(world.disk, "outbox/data.csv.done", "", old + 3_600);
    return result;
  });
  await bridge.poll(config);
  await bridge.drainAll();
  t.deepEqual(files(world), ["outbox/data.csv.done"]);
  place(world.disk, "outbox/data.csv", "two", old + 3_500);
  await pollAndDrain(world, config, 2);
  t.is(world.content("bucket", "in/data.csv"), "two");
  t.deepEqual(files(world), []);
});

const sumOf = (algorithm: "md5" | "sha256", content: string) => createHash(algorithm).update(content).digest("hex");
const large = "0123456789".repeat(50);

for (const checksum of ["md5", "sha256"] as const)
  for (const [size, content] of [
    ["small", "content"],
    ["large", large],
  ] as const) {
    const sizes = {
      part: 100,
      maxPart: 1_000,
      quick: 100,
      tail: 8,
      checkpointEvery: 30_000,
    };
    const drain = async (world: World, config: StreamConfig) => {
      const bridge = world.bridge(undefined, undefined, { sizes });
      await bridge.poll(config);
      await bridge.drainAll();
      world.time.now += 10 * 60_000;
    };
    test(`a ${size} file whose ${checksum} is another than its marker says isn't put into S3, and is once it is right`, async (t) => {
      const config = withReady({ checksum });
      const world = createWorld(config);
      place(world.disk, "outbox/data.csv", content, old);
      place(world.disk, "outbox/data.csv.done", `${sumOf(checksum, "another")}  data.csv\n`, old);
      await drain(world, config);
      t.deepEqual(objects(world), []);
      t.is(world.buckets.uploads.size, 0);
      const file = world.entries().find(({ sk }) => sk === "data.csv");
      t.is(file?.["state"], "pending");
      t.regex(JSON.stringify(file?.["last_error"]), /isn't what its marker .* says/);
      t.deepEqual(files(world), ["outbox/data.csv", "outbox/data.csv.done"]);

      place(world.disk, "outbox/data.csv.done", `${sumOf(checksum, content).toUpperCase()}\n`, old);
      await drain(world, config);
      await drain(world, config);
      t.is(world.content("bucket", "in/data.csv"), content);
      t.deepEqual(files(world), []);
    });
  }

test("a marker without a sum leaves the file at the partner, with an error that says so", async (t) => {
  const config = withReady({ checksum: "sha256" });
  const world = createWorld(config);
  place(world.disk, "outbox/data.csv", "content", old);
  place(world.disk, "outbox/data.csv.done", "", old);
  await pollAndDrain(world, config);
  t.deepEqual(objects(world), []);
  const file = world.entries().find(({ sk }) => sk === "data.csv");
  t.regex(JSON.stringify(file?.["last_error"]), /has no sha256 of it.*pull\.ready\.checksum/);
});

test("a directory's list of sums: the file that is another than it says stays, with the list, and the others go", async (t) => {
  const config = withReady({ marker: "SHA256SUMS", scope: "directory", checksum: "sha256" });
  const world = createWorld(config);
  place(world.disk, "outbox/one", "content", old);
  place(world.disk, "outbox/two", "damaged", old);
  const list = (two: string) => `${sumOf("sha256", "content")}  one\nSHA256 (two) = ${sumOf("sha256", two)}\n`;
  place(world.disk, "outbox/SHA256SUMS", list("whole"), old);
  await pollAndDrain(world, config, 2);
  t.deepEqual(objects(world), ["bucket/in/one"]);
  t.deepEqual(files(world), ["outbox/SHA256SUMS", "outbox/two"]);
  place(world.disk, "outbox/two", "whole", old + 60);
  await pollAndDrain(world, config, 3);
  t.deepEqual(objects(world), ["bucket/in/one", "bucket/in/two"]);
  t.deepEqual(files(world), []);
});

const explore = async (t: ExecutionContext, config: StreamConfig, check: (world: World, where: string) => void) => {
  for (const effects of deaths(20)) {
    const world = createWorld(config);
    place(world.disk, "outbox/data.csv", "content", old);
    place(world.disk, "outbox/data.csv.done", sumOf("md5", "content"), old);
    let isFirst = true;
    world.disk.watch = () => {
      const there = files(world);
      if (there.includes("outbox/data.csv") && !there.includes("outbox/data.csv.done")) isFirst = false;
    };
    const first = world.bridge(effects);
    await untilCrash(async () => {
      await first.poll(config);
      await first.drainAll();
    });
    const where = effects.where();
    const wasCopied = objects(world).includes("bucket/in/data.csv") && !files(world).includes("outbox/data.csv");
    const copies = world.buckets.objects.get("bucket/in/data.csv")?.length ?? 0;
    for (let turn = 0; turn < 4; turn++) {
      world.time.now += untilLapsed;
      await pollAndDrain(world, config);
    }
    t.is(world.content("bucket", "in/data.csv"), "content", where);
    if (wasCopied)
      t.is(world.buckets.objects.get("bucket/in/data.csv")?.length, copies, `only the marker is repeated (${where})`);
    t.true(isFirst, `the marker goes last (${where})`);
    check(world, where);
  }
};

for (const [after, deliver] of [
  ["delete", false],
  ["move", true],
  ["keep", false],
] as const)
  test(`a crash at any effect takes file and marker once: after = "${after}", deliver = ${deliver}`, async (t) => {
    const config = withReady({ after, deliver, checksum: "md5" }, { after: after === "keep" ? "move" : after });
    await explore(t, config, (world, where) => {
      t.true(
        world.entries().every(({ state }) => state === "delivered"),
        where,
      );
      const names = files(world).map((path) => path.replace(/\d{14}/, "…"));
      const expected = {
        delete: [],
        move: ["outbox/.done/…-data.csv", "outbox/.done/…-data.csv.done"],
        keep: ["outbox/.done/…-data.csv", "outbox/data.csv.done"],
      };
      t.deepEqual(names.toSorted(), expected[after], where);
      t.deepEqual(leftOf(world), {}, where);
      t.is(objects(world).length, deliver ? 2 : 1, where);
    });
  });

test("a marker that was moved to .done is purged like a file", async (t) => {
  const config = withReady({ after: "move" });
  const world = createWorld(config);
  place(world.disk, "outbox/data.csv", "one", old);
  place(world.disk, "outbox/data.csv.done", "", old);
  await pollAndDrain(world, config, 2);
  t.is(files(world).length, 1);
  world.time.now += 15 * 86_400_000;
  await pollAndDrain(world, config);
  t.deepEqual(files(world), []);
});

test("a survey says of each file and each marker what it waits for", async (t) => {
  const config = withReady({ marker: "{stem}.ok" }, { include: ["*.csv"], maxSize: 10 });
  const world = createWorld(config);
  for (const name of ["whole.csv", "whole.ok", "early.csv", "lone.ok", "other.xml"])
    place(world.disk, `outbox/${name}`, "one", old);
  place(world.disk, "outbox/large.csv", "more than ten", old);
  const { deps } = world.bridge();
  const said: Record<string, string> = {};
  const remote = memoryRemote({ disk: world.disk, now: () => old });
  for await (const { files: seen } of surveyPartner(deps, config as PullStream, remote))
    for (const { path, would, why } of seen) said[path] = `${would}: ${why}`;
  t.regex(said["whole.csv"] ?? "", /^move: it is new/);
  t.regex(said["whole.ok"] ?? "", /^leave: it is a marker .*once its files are in S3/);
  t.regex(said["early.csv"] ?? "", /^leave: its marker isn't there/);
  t.regex(said["lone.ok"] ?? "", /^leave: it is a marker .*its files aren't there/);
  t.regex(said["other.xml"] ?? "", /^leave: include and exclude/);
  t.regex(said["large.csv"] ?? "", /^leave: it is smaller or larger/);
});
