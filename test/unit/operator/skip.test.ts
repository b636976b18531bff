import test from "ava";
import { dispatch } from "../../../lambda/src/dispatch.ts";
import { RemoteError } from "../../../lambda/src/sftp/errors.ts";
import { ask, results } from "../../helpers/ask.ts";
import type { Effects } from "../../helpers/effects.ts";
import { place } from "../../helpers/memory-remote.ts";
import { pull, push, stream } from "../../helpers/streams.ts";
import { createWorld, type World } from "../../helpers/world.ts";

const old = Date.UTC(2025, 11, 1) / 1000;
const both = stream({ push, pull });
const refused: Effects = async (name, effect) => {
  if (name === "remote.write" || name === "remote.read") throw new RemoteError("failure", "no");
  return effect();
};
const statesOf = (world: World) => world.entries().map((entry) => entry["state"]);
const skip = { action: "skip", stream: "acme", direction: "push", path: "a" };

test("a push that is skipped isn't sent by a tick, a late event or a comparison, and a newer version is", async (t) => {
  const world = createWorld(both);
  const late = { ...world.put("bucket", "out/a", "first") };
  await world.bridge().intake(world.put("bucket", "out/a", "second"));
  t.deepEqual(results(await ask(world, skip)), ["a: skipped"]);
  world.time.now += 8 * 86_400_000;
  await dispatch(world.bridge().invocation, { action: "tick" });
  await world.bridge().intake({ ...late, sequencer: undefined });
  await ask(world, { action: "backfill", stream: "acme" });
  await world.bridge().drainAll();
  t.deepEqual(statesOf(world), ["skipped"]);
  t.false(world.disk.files.has("inbox/a"));

  await world.bridge().intake(world.put("bucket", "out/a", "third"));
  await world.bridge().drainAll();
  t.is(world.disk.files.get("inbox/a")?.bytes.toString(), "third");
});

test("a file at the partner that is skipped isn't pulled by the next polls, until it changes", async (t) => {
  const world = createWorld(both);
  place(world.disk, "outbox/a", "content", old);
  await world.bridge().poll(both);
  await world.bridge(refused).drainAll();
  const answer = await ask(world, { ...skip, direction: "pull" });
  t.deepEqual(results(answer), ["a: skipped"]);
  const poll = async () => {
    world.time.now += 86_400_000;
    await world.bridge().poll(both);
    await world.bridge().drainAll();
  };
  await poll();
  t.is(world.content("bucket", "in/a"), undefined);
  t.deepEqual(results(await ask(world, { action: "fetch", stream: "acme", path: "a" })), ["a: skipped"]);
  place(world.disk, "outbox/a", "changed", old + 60);
  await poll();
  t.is(world.content("bucket", "in/a"), "changed");
});

for (const [direction, again] of [
  ["push", "send"],
  ["pull", "fetch"],
] as const)
  test(`${again} with force moves what was skipped (${direction})`, async (t) => {
    const world = createWorld(both);
    if (direction === "push") await world.bridge().intake(world.put("bucket", "out/a", "content"));
    else {
      place(world.disk, "outbox/a", "content", old);
      await world.bridge().poll(both);
    }
    await world.bridge(refused).drainAll();
    await ask(world, { ...skip, direction });
    t.deepEqual(results(await ask(world, { action: again, stream: "acme", path: "a" })), ["a: skipped"]);
    t.deepEqual(results(await ask(world, { action: again, stream: "acme", path: "a", force: true })), ["a: delivered"]);
  });

test("what isn't known, doesn't wait or was skipped already is told, and left as it is", async (t) => {
  const world = createWorld(both);
  t.deepEqual(results(await ask(world, skip)), ["a: missing"]);
  await world.bridge().intake(world.put("bucket", "out/a", "content"));
  await world.bridge().drainAll();
  t.deepEqual(results(await ask(world, skip)), ["a: delivered"]);
  t.deepEqual(statesOf(world), ["delivered"]);
  t.false((await ask(world, { ...skip, path: undefined })).ok);
});
