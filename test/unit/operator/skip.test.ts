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

const marked = stream({
  push: { ...push, marker: { name: "{name}.done", content: "empty" } },
  pull: {
    ...pull,
    after: "delete",
    ready: { marker: "{name}.done", scope: "file", after: "delete", checksum: "none", deliver: false },
  },
});

test("a push whose marker is refused is skipped with its marker: the file stays, and no marker follows", async (t) => {
  const world = createWorld(marked);
  await world.bridge().intake(world.put("bucket", "out/a", "content"));
  let writes = 0;
  const noMarker: Effects = async (name, effect) => {
    if (name === "remote.openWrite" && ++writes > 1) throw new RemoteError("failure", "no");
    return effect();
  };
  await world.bridge(noMarker).drainAll();
  t.deepEqual(results(await ask(world, skip)), ["a: skipped"]);
  world.time.now += 86_400_000;
  await dispatch(world.bridge().invocation, { action: "tick" });
  await world.bridge().drainAll();
  t.deepEqual(statesOf(world), ["skipped"]);
  t.deepEqual(
    [...world.disk.files.keys()].filter((path) => !path.endsWith(".tmp")),
    ["inbox/a"],
  );
});

test("a pull that is skipped stays with its marker, which isn't taken for another file's", async (t) => {
  const world = createWorld(marked);
  place(world.disk, "outbox/a", "content", old);
  place(world.disk, "outbox/a.done", "", old);
  await world.bridge().poll(marked);
  await world.bridge(refused).drainAll();
  t.deepEqual(results(await ask(world, { ...skip, direction: "pull" })), ["a: skipped"]);
  for (let turn = 0; turn < 3; turn++) {
    world.time.now += 86_400_000;
    await world.bridge().poll(marked);
    await world.bridge().drainAll();
  }
  t.deepEqual([...world.disk.files.keys()], ["outbox/a", "outbox/a.done"]);
  t.is(world.content("bucket", "in/a"), undefined);
  t.true(
    world.entries().every(({ state }) => state === "skipped" || state === "gone"),
    JSON.stringify(statesOf(world)),
  );
});
