import test from "ava";
import { dispatch } from "../../../lambda/src/dispatch.ts";
import type { Effects } from "../../helpers/effects.ts";
import { memoryObjects } from "../../helpers/memory-objects.ts";
import { place } from "../../helpers/memory-remote.ts";
import { pull, stream } from "../../helpers/streams.ts";
import { createWorld, type World } from "../../helpers/world.ts";

const hour = 3_600_000;
const old = Date.UTC(2025, 11, 1) / 1000;

const tick = async (world: World, effects?: Effects) => {
  const { invocation, telemetry } = world.bridge(effects);
  await dispatch(invocation, { action: "tick" });
  return telemetry.lines.map(({ message }) => message);
};

const delivered = async () => {
  const config = stream({ pull });
  const world = createWorld(config);
  place(world.disk, "outbox/sub/a", "content", old);
  const bridge = world.bridge();
  await bridge.poll(config);
  await bridge.drainAll();
  await tick(world);
  return world;
};
const begin = (world: World, key: string) => memoryObjects(world.buckets).createUpload({ bucket: "bucket", key }, {});

test("an upload that a dead run has left is aborted a day later, and told of", async (t) => {
  const world = await delivered();
  await begin(world, "in/sub/a");
  world.time.now += 23 * hour;
  await tick(world);
  t.is(world.buckets.uploads.size, 1, "too young");
  world.time.now += 2 * hour;
  const lines = await tick(world);
  t.is(world.buckets.uploads.size, 0);
  t.true(lines.includes("A multipart upload that a dead run had left was aborted"), lines.join("\n"));
});

test("somebody else's uploads, and the one that an entry will go on with, stay", async (t) => {
  const world = await delivered();
  const foreign = await begin(world, "in/report");
  const own = await begin(world, "in/sub/a");
  const [entry] = world.entries();
  if (!entry) throw new Error("no entry");
  world.items.set(`${entry.pk}\n${entry.sk}`, {
    ...entry,
    progress: { phase: "copying", holder: "h", identity: "7:1", upload_id: own.uploadId, started: 0 },
  });
  world.time.now += 50 * hour;
  await tick(world);
  t.deepEqual([...world.buckets.uploads.keys()].sort(), [foreign.uploadId, own.uploadId].sort());
});

test("a listing is asked for once a day, and one that is denied stops nothing", async (t) => {
  const world = await delivered();
  let asked = 0;
  const denied: Effects = async (name, effect) => {
    if (name !== "objects.listUploads") return effect();
    asked++;
    throw new Error("AccessDenied");
  };
  for (let minute = 0; minute < 3; minute++) {
    world.time.now += 60_000;
    await tick(world, denied);
  }
  t.is(asked, 0, "the first tick of the stream has looked");
  world.time.now += 25 * hour;
  const lines = [...(await tick(world, denied)), ...(await tick(world, denied))];
  t.is(asked, 1);
  t.true(lines.some((line) => line.includes("couldn't be looked for")));
});

test("an upload that a run began in place of the recorded one, and died before it could record it, ends with the copy", async (t) => {
  const config = stream({ pull });
  const world = createWorld(config);
  place(world.disk, "outbox/sub/a", "content of some bytes", old);
  const sizes = { part: 8, maxPart: 64, quick: 0, tail: 4, mark: 4, pace: 1_000, checkpointEvery: 0 };
  const dead = world.bridge(undefined, undefined, { sizes });
  await dead.poll(config);
  const untilUploads: Effects = async (name, effect) => {
    if (name === "objects.uploadPart") throw new Error("S3 is away");
    return effect();
  };
  await world.bridge(untilUploads, undefined, { sizes }).drainAll();
  // What a run leaves that aborts the recorded one, begins another, and dies.
  world.buckets.uploads.clear();
  await begin(world, "in/sub/a");
  world.time.now += hour;
  await world.bridge(undefined, undefined, { sizes }).drainAll();
  t.is(world.content("bucket", "in/sub/a"), "content of some bytes");
  t.is(world.buckets.uploads.size, 0);
});
