import test from "ava";
import { dispatch } from "../../../lambda/src/dispatch.ts";
import { ask } from "../../helpers/ask.ts";
import type { Effects } from "../../helpers/effects.ts";
import { push, stream } from "../../helpers/streams.ts";
import { createWorld, type World } from "../../helpers/world.ts";

const minute = 60_000;
const hour = 60 * minute;

const tick = async (world: World, effects?: Effects) => {
  const { invocation, telemetry } = world.bridge(effects);
  await dispatch(invocation, { action: "tick" });
  return telemetry.lines;
};
const compared = (lines: Awaited<ReturnType<typeof tick>>) =>
  lines
    .filter(({ message }) => /was compared with its journal|no event told of/.test(message))
    .map(({ level, message }) => `${level} ${message.slice(0, 26)}`);
const there = (world: World) => [...world.disk.files.keys()].filter((path) => path.startsWith("inbox/")).sort();

/** Two ticks, until a new push has had its first comparison. */
const settled = async (world: World) => {
  await tick(world);
  world.time.now += 11 * minute;
  await tick(world);
};

const daily = stream({ push: { ...push, reconcileHours: 24 } });

test("what no event told of is found within the hours, told of once, and sent by the next tick", async (t) => {
  const world = createWorld(daily);
  await settled(world);
  world.put("bucket", "out/lost", "x");
  for (let turn = 0; turn < 22; turn++) {
    world.time.now += hour;
    t.deepEqual(compared(await tick(world)), []);
  }
  world.time.now += 2 * hour;
  t.deepEqual(compared(await tick(world)), ["warn Objects were found that no"]);
  await tick(world);
  t.deepEqual(there(world), ["inbox/lost"]);
  world.time.now += 24 * hour;
  t.deepEqual(compared(await tick(world)), ["info The push was compared with"]);
});

test("without the hours nobody compares again", async (t) => {
  const world = createWorld(stream({ push }));
  await settled(world);
  world.put("bucket", "out/lost", "x");
  world.time.now += 1000 * hour;
  t.deepEqual(compared(await tick(world)), []);
  t.deepEqual(there(world), []);
});

test("a prefix of more objects than one slice holds goes on in the next ticks, from where it stopped", async (t) => {
  const world = createWorld(daily);
  await settled(world);
  for (let file = 0; file < 1_200; file++) world.put("bucket", `out/${String(file).padStart(4, "0")}`, "x");
  world.time.now += 24 * hour;
  const turns: number[] = [];
  for (let turn = 0; turn < 6; turn++) {
    await tick(world);
    turns.push(world.entries().length);
    world.time.now += minute;
  }
  t.is(turns.at(-1), 1_200);
  t.true((turns[0] ?? 0) < 1_200, turns.join(" "));
});

test("one that fails is told, is left alone for a few minutes and then tried again; the tick goes on", async (t) => {
  const world = createWorld(daily);
  const denied: Effects = async (name, effect) => {
    if (name === "objects.list") throw new Error("AccessDenied");
    return effect();
  };
  await settled(world);
  world.put("bucket", "out/lost", "x");
  world.time.now += 24 * hour;
  const lines = await tick(world, denied);
  t.true(
    lines.some(
      ({ level, message, fields }) =>
        level === "error" && /couldn't be compared/.test(message) && fields["stream"] === "acme",
    ),
  );
  world.time.now += minute;
  t.deepEqual(compared(await tick(world)), [], "not at once");
  world.time.now += 5 * minute;
  t.is(compared(await tick(world)).length, 1);
});

test("what was delivered longer ago than the journal remembers isn't sent again, and what was lost since then is", async (t) => {
  const day = 24 * hour;
  const world = createWorld(daily);
  await settled(world);
  await world.bridge().intake(world.put("bucket", "out/old", "x"));
  await world.bridge().drainAll();
  t.deepEqual(there(world), ["inbox/old"]);
  // The partner took it, and after 400 days its entry expired.
  world.disk.files.delete("inbox/old");
  world.time.now += 400 * day;
  const expired = world.entries().filter(({ path }) => path === "old");
  t.true(expired.every(({ expires_at }) => Number(expires_at) * 1000 <= world.time.now));
  for (const [id, item] of world.items) if (expired.some(({ rev }) => rev === item["rev"])) world.items.delete(id);
  t.is(world.entries().length, 0);
  world.put("bucket", "out/lost", "x");
  world.time.now += day;
  await tick(world);
  await tick(world);
  t.deepEqual(there(world), ["inbox/lost"]);
  t.like(await ask(world, { action: "reconcile", stream: "acme" }), { missing: 0, left_alone: 1 });
  // Who asks for all of it gets all of it.
  t.like(await ask(world, { action: "backfill", stream: "acme", dry_run: true }), { missing: 1 });
});
