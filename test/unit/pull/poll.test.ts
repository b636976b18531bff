import test from "ava";
import type { StreamConfig } from "../../../lambda/src/config/types.ts";
import { entryKey } from "../../../lambda/src/journal/entry.ts";
import { place } from "../../helpers/memory-remote.ts";
import { pull, stream } from "../../helpers/streams.ts";
import { createWorld, type World } from "../../helpers/world.ts";

const old = Date.UTC(2025, 11, 1) / 1000;

const run = async (world: World, config: StreamConfig) => {
  const bridge = world.bridge();
  await bridge.poll(config);
  await bridge.drainAll();
  return bridge.telemetry;
};

const keys = (world: World) => [...world.buckets.objects.keys()].sort();

test("everything below the directory is pulled, with its structure; .done, temporary and excluded names are not", async (t) => {
  const config = stream({ pull: { ...pull, exclude: ["**/*.log"] } });
  const world = createWorld(config);
  for (const path of [
    "a.csv",
    "x/y/b.csv",
    ".hidden",
    "-dash",
    "c.TMP",
    "d.part",
    "e.log",
    ".done/20250101000000-z",
    "x/.done/q",
  ]) {
    place(world.disk, `outbox/${path}`, path, old);
  }
  place(world.disk, "elsewhere/f.csv", "f", old);
  await run(world, config);
  t.deepEqual(keys(world), ["bucket/in/-dash", "bucket/in/.hidden", "bucket/in/a.csv", "bucket/in/x/y/b.csv"]);
});

test("pulled objects carry the mark that keeps them from going back, and say which version they are", async (t) => {
  const config = stream({ pull });
  const world = createWorld(config);
  place(world.disk, "outbox/a", "12345", old);
  await run(world, config);
  const metadata = world.buckets.objects.get("bucket/in/a")?.[0]?.metadata;
  t.like(metadata, { synched: "true", "synched-by": "acme", "sftp-version": `5:${old}` });
});

test("a file copied back out of .done is pulled again, also with the same size and time", async (t) => {
  const config = stream({ pull });
  const world = createWorld(config);
  place(world.disk, "outbox/a", "12345", old);
  await run(world, config);
  place(world.disk, "outbox/a", "54321", old);
  await run(world, config);
  t.is(world.buckets.objects.get("bucket/in/a")?.length, 2);
  t.is(world.content("bucket", "in/a"), "54321");
});

test("a file that is kept is pulled once, and once more when it changes", async (t) => {
  const config = stream({ pull: { ...pull, after: "keep" } });
  const world = createWorld(config);
  place(world.disk, "outbox/a", "1", old);
  await run(world, config);
  await run(world, config);
  t.is(world.buckets.objects.get("bucket/in/a")?.length, 1);
  place(world.disk, "outbox/a", "22", old + 5);
  await run(world, config);
  t.is(world.content("bucket", "in/a"), "22");
});

test("a small file that is kept takes three writes of its entry: known, being copied, delivered", async (t) => {
  const config = stream({ pull: { ...pull, after: "keep" } });
  const world = createWorld(config);
  place(world.disk, "outbox/a", "1", old);
  const { pk, sk } = entryKey("pull", "acme", "outbox/a");
  const written: string[] = [];
  const set = world.items.set.bind(world.items);
  world.items.set = (id, item) => {
    const { phase } = (item["progress"] ?? {}) as { phase?: string };
    if (id === `${pk}\n${sk}`) written.push([item["state"], ...(phase ? [phase] : [])].join(" "));
    return set(id, item);
  };
  await run(world, config);
  t.deepEqual(written, ["pending", "active copying", "delivered"]);
  t.like(world.items.get(`${pk}\n${sk}`), { deliveries: [{ destination: "bucket/in/a", bytes: 1, attempt: 1 }] });
});

test("the record of a kept file doesn't expire while the file is listed", async (t) => {
  const config = stream({ pull: { ...pull, after: "keep" } });
  const world = createWorld(config);
  place(world.disk, "outbox/a", "1", old);
  await run(world, config);
  const { pk, sk } = entryKey("pull", "acme", "outbox/a");
  const expiry = () => Number(world.items.get(`${pk}\n${sk}`)?.["expires_at"]);
  const first = expiry();
  world.time.now += 100 * 86_400_000;
  await run(world, config);
  t.is(expiry(), first, "not written while there is time");
  world.time.now += 150 * 86_400_000;
  await run(world, config);
  t.true(expiry() > first);
  t.is(world.buckets.objects.get("bucket/in/a")?.length, 1);
});

test("a fresh file is read only after it has held still", async (t) => {
  const config = stream({ pull });
  const world = createWorld(config);
  const seconds = () => Math.floor(world.time.now / 1000);
  place(world.disk, "outbox/a", "grow", seconds());
  const bridge = world.bridge();
  const sleep = bridge.deps.sleep;
  let looks = 0;
  await bridge.poll(config);
  const growing = {
    sleep: async (milliseconds: number) => {
      await sleep(milliseconds);
      if (looks++ === 0) place(world.disk, "outbox/a", "grown", seconds());
    },
  };
  await bridge.drainAll(growing);
  t.is(world.content("bucket", "in/a"), "grown");
  t.is(world.buckets.objects.get("bucket/in/a")?.length, 1, "the first look wasn't believed");
});

test("an empty file is a file, once it has stayed empty for a while", async (t) => {
  const config = stream({ pull });
  const world = createWorld(config);
  place(world.disk, "outbox/empty", "", Math.floor(world.time.now / 1000));
  await run(world, config);
  t.deepEqual(keys(world), []);
  world.time.now += 31_000;
  await world.bridge().drainAll();
  t.is(world.content("bucket", "in/empty"), "");
});

test("a file that the partner takes back before it is read is no error", async (t) => {
  const config = stream({ pull });
  const world = createWorld(config);
  place(world.disk, "outbox/a", "1", Math.floor(world.time.now / 1000));
  const bridge = world.bridge();
  await bridge.poll(config);
  const done = bridge.drainAll();
  world.disk.files.delete("outbox/a");
  await done;
  t.deepEqual(
    bridge.telemetry.lines.filter(({ level }) => level === "error"),
    [],
  );
  t.deepEqual(keys(world), []);
});

test("a missing directory is an error that names stream, directory, partner and remedy", async (t) => {
  const config = stream({ pull });
  const telemetry = await run(createWorld(config), config);
  const error = telemetry.lines.find(({ level }) => level === "error")?.fields["error"] as Error;
  t.regex(
    error.message,
    /Stream acme: the remote directory "outbox" doesn't exist for us@partner:22\. Correct pull\.sftp/,
  );
});

test("a poll that moves nothing is told with 0 files", async (t) => {
  const config = stream({ pull });
  const world = createWorld(config);
  world.disk.directories.add("outbox");
  const { records } = await run(world, config);
  t.like(records[0], { stream: "acme", direction: "pull", files: 0 });
});

const day = 86_400;

test("files in .done go after the retention by their stamp, unless the journal says that they aren't in S3", async (t) => {
  const config = stream({ pull });
  const world = createWorld(config);
  place(world.disk, "outbox/a", "1", old);
  await run(world, config);
  place(world.disk, "outbox/.done/20250101000000-of-the-original", "1", old);
  place(world.disk, "outbox/.done/20251230000000-young", "1", old - 900 * day);
  place(world.disk, "outbox/.done/no-stamp", "1", old);
  world.time.now += 15 * day * 1000;
  place(world.disk, "outbox/unsent", "1", Math.floor(world.time.now / 1000));
  const bridge = world.bridge();
  await bridge.poll(config);
  const failing = { ...bridge.deps.objects, put: async () => Promise.reject(new Error("S3 says no")) };
  await bridge.drainAll({ objects: failing });
  place(world.disk, "outbox/.done/20250101000000-unsent", "1", old);
  await run(world, config);
  const left = [...world.disk.files.keys()].filter((path) => path.includes(".done")).sort();
  t.deepEqual(left, ["outbox/.done/20250101000000-unsent", "outbox/.done/no-stamp"]);
});
