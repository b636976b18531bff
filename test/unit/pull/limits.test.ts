/** What a stream takes of what is listed: how many a poll, how large, how old. */
import test from "ava";
import type { PullConfig } from "../../../lambda/src/config/types.ts";
import { leftIn } from "../../../lambda/src/pull/left.ts";
import { place } from "../../helpers/memory-remote.ts";
import { pull, stream } from "../../helpers/streams.ts";
import { createWorld, type World } from "../../helpers/world.ts";

const day = 86_400;
const old = Date.UTC(2025, 11, 1) / 1000;

const leftOf = (world: World): Record<string, number> =>
  Object.fromEntries(
    leftIn([...world.items.values()].find(({ sk }) => sk === "acme#left") as never).map(({ reason, count }) => [
      reason,
      count,
    ]),
  );
const pollOnce = async (world: World, config: ReturnType<typeof withLimits>) => {
  await world.bridge().poll(config);
  await world.bridge().drainAll();
  world.time.now += 60_000;
};
const withLimits = (limits: Partial<PullConfig>) => stream({ pull: { ...pull, after: "delete", ...limits } });
const objects = (world: World) => [...world.buckets.objects.keys()].toSorted();

test("a poll takes max_files new files over all directories, and the next ones the others", async (t) => {
  const config = withLimits({ maxFiles: 2 });
  const world = createWorld(config);
  for (const name of ["a/1", "a/2", "b/1", "b/2", "c"]) place(world.disk, `outbox/${name}`, name, old);
  for (const [count, left] of [
    [2, { "max-files": 3 }],
    [4, { "max-files": 1 }],
    [5, {}],
  ] as const) {
    await pollOnce(world, config);
    t.is(objects(world).length, count);
    t.deepEqual(leftOf(world), left);
  }
});

test("files that are smaller, larger or older than the stream takes stay, and are counted", async (t) => {
  const config = withLimits({ minSize: 2, maxSize: 4, maxAgeDays: 10 });
  const world = createWorld(config);
  const now = world.time.now / 1000;
  place(world.disk, "outbox/small", "1", now - day);
  place(world.disk, "outbox/least", "12", now - day);
  place(world.disk, "outbox/most", "1234", now - 10 * day + 60);
  place(world.disk, "outbox/large", "12345", now - day);
  place(world.disk, "outbox/old", "123", now - 10 * day - 60);
  await pollOnce(world, config);
  t.deepEqual(objects(world), ["bucket/in/least", "bucket/in/most"]);
  t.deepEqual(leftOf(world), { size: 2, age: 1 });
  t.deepEqual([...world.disk.files.keys()].toSorted(), ["outbox/large", "outbox/old", "outbox/small"]);
});

test("a file that is known and grows old meanwhile is moved all the same, and one that is kept is no old one", async (t) => {
  const config = withLimits({ maxAgeDays: 1, after: "keep" });
  const world = createWorld(config);
  place(world.disk, "outbox/data", "123", world.time.now / 1000 - day + 60);
  const failing = world.bridge(async (name, effect) => {
    if (name === "objects.put") throw new Error("no");
    return effect();
  });
  await failing.poll(config);
  await failing.drainAll();
  world.time.now += 2 * day * 1000;
  await pollOnce(world, config);
  t.deepEqual(objects(world), ["bucket/in/data"]);
  await pollOnce(world, config);
  t.deepEqual(leftOf(world), {});
});

test("a marker doesn't wait for a file that the stream doesn't take", async (t) => {
  const ready = { marker: "{stem}.ok", scope: "file", after: "delete", checksum: "none", deliver: false } as const;
  const config = withLimits({ maxSize: 3, ready });
  const world = createWorld(config);
  place(world.disk, "outbox/data.csv", "123", old);
  place(world.disk, "outbox/data.pdf", "12345", old);
  place(world.disk, "outbox/data.ok", "", old);
  await pollOnce(world, config);
  await pollOnce(world, config);
  t.deepEqual([...world.disk.files.keys()], ["outbox/data.pdf"]);
});
