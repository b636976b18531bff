/** Trees that no single run gets through, and that don't fit into memory. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import test from "ava";
import { continuePoll, requestedPolls, requestPoll } from "../../../lambda/src/journal/polls.ts";
import { isAhead } from "../../../lambda/src/pull/order.ts";
import { place } from "../../helpers/memory-remote.ts";
import { pull, stream } from "../../helpers/streams.ts";
import { createWorld } from "../../helpers/world.ts";

const old = Date.UTC(2025, 11, 1) / 1000;

/** Megabytes of heap beyond what the code itself needs: a tenth of what the names and entries would take. */
const heapMegabytes = 48;

for (const tree of [
  { files: 100_000, directories: 0 },
  { files: 0, directories: 20_000 },
])
  test(`${tree.files} files in one directory and ${tree.directories} directories are listed and decided in ${heapMegabytes} MB of heap`, async (t) => {
    t.timeout(180_000);
    const worker = new Worker(new URL("../../helpers/poll-in-little-memory.ts", import.meta.url), {
      workerData: tree,
      resourceLimits: { maxOldGenerationSizeMb: heapMegabytes, maxYoungGenerationSizeMb: 4 },
    });
    const [told] = (await once(worker, "message")) as [{ known: number; listed: number; hints: number }];
    await worker.terminate();
    const count = tree.files + tree.directories;
    t.is(told.known, count);
    t.is(told.listed, count);
    t.is(told.hints, 2_000);
  });

test("a poll that time ends goes on behind the last directory that it got through, until all of them had their turn", async (t) => {
  const config = stream({ pull });
  const world = createWorld(config);
  const paths = ["top", "a/1", "a/b/2", "a/b/c/3", "a/z/4", "b/5", "b/x/6", "c/7", "ab/8", "a.b/9"];
  for (const path of paths) place(world.disk, `outbox/${path}`, path, old);
  let runs = 0;
  await world.bridge().poll(config);
  const isPolled = () => ![...world.items.keys()].some((key) => key.startsWith("poll#"));
  for (; !isPolled() && runs < 50; runs++) {
    let count = 0;
    const bridge = world.bridge(
      async (name, effect) => {
        if (name === "remote.list") count++;
        return effect();
      },
      undefined,
      { remaining: () => (count > 5 ? 20_000 : 900_000) },
    );
    await bridge.drainAll();
  }
  t.true(runs > 1, "it was broken off");
  t.true(isPolled(), `${runs} runs`);
  await world.bridge().drainAll();
  t.deepEqual([...world.buckets.objects.keys()].map((key) => key.replace("bucket/in/", "")).sort(), paths.toSorted());
});

test("a poll that is asked for while another one is broken off stands for both, and goes on where that stopped", async (t) => {
  const world = createWorld(stream({ pull }));
  const { deps } = world.bridge();
  const ask = () => requestPoll(deps.table, { partner: "p", stream: "acme", now: 1, nonce: deps.nonce });
  await ask();
  const [request] = await requestedPolls(deps.table, "p");
  if (!request) return t.fail("it isn't requested");
  await ask(); // while it runs
  await continuePoll(deps.table, request, { after: "a/b" }, deps.nonce);
  t.is((await requestedPolls(deps.table, "p"))[0]?.after, "a/b");
  await ask();
  t.is((await requestedPolls(deps.table, "p"))[0]?.after, "a/b");
});

test("what is ahead of a broken-off walk: what comes later, and the way down to where it stopped", (t) => {
  const done = "a/b";
  for (const [directory, expected] of [
    ["", true],
    ["a", true],
    ["a/b", true],
    ["a/b/c", true],
    ["a/c", true],
    ["a/a", false],
    ["a/a/z", false],
    ["a.b", true],
    ["Z", false],
    ["b", true],
  ] as const)
    t.is(isAhead(directory, done), expected, directory);
});
