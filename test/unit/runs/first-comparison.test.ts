/** A bucket's events begin minutes after the apply that made a push: what was put meanwhile is found by itself. */
import test from "ava";
import type { BridgeConfig, StreamConfig } from "../../../lambda/src/config/types.ts";
import { dispatch } from "../../../lambda/src/dispatch.ts";
import type { Effects } from "../../helpers/effects.ts";
import { push, stream } from "../../helpers/streams.ts";
import { createWorld, type World } from "../../helpers/world.ts";

const minute = 60_000;
const hour = 60 * minute;

/** A world whose configuration was written just now. */
const applied = (...streams: StreamConfig[]): World => {
  const world = createWorld(...streams);
  Object.assign(world.config, { writtenAt: world.time.now });
  return world;
};
const tick = async (world: World, effects?: Effects, config = world.config) => {
  const { invocation, telemetry } = world.bridge(effects);
  await dispatch({ ...invocation, deps: { ...invocation.deps, config } }, { action: "tick" });
  return telemetry.lines;
};
const ticks = async (world: World, minutes: number, config?: BridgeConfig) => {
  for (let turn = 0; turn < minutes; turn++) {
    world.time.now += minute;
    await tick(world, undefined, config);
  }
};
const sent = (world: World) => [...world.disk.files.keys()].filter((path) => path.startsWith("inbox/")).sort();

test("objects that were put after the apply and before the first event are found and sent, and none that are older", async (t) => {
  const world = createWorld(stream({ push }));
  world.put("bucket", "out/older", "x");
  world.time.now += minute;
  Object.assign(world.config, { writtenAt: world.time.now });
  world.put("bucket", "out/before-the-first-tick", "x");
  await ticks(world, 3);
  world.put("bucket", "out/before-the-events", "x");
  await ticks(world, 6);
  t.deepEqual(sent(world), [], "events may still be on their way");
  await ticks(world, 3);
  t.deepEqual(sent(world), ["inbox/before-the-events", "inbox/before-the-first-tick"]);
});

test("it is compared once, and told of as what it is", async (t) => {
  const world = applied(stream({ push }));
  await tick(world);
  world.put("bucket", "out/early", "x");
  world.time.now += 10 * minute;
  const lines = await tick(world);
  t.true(
    lines.some(({ level, message }) => level === "info" && message.includes("before the new push's events began")),
  );
  t.false(lines.some(({ level }) => level === "warn"));
  world.put("bucket", "out/later", "x");
  await ticks(world, 30);
  t.deepEqual(sent(world), ["inbox/early"], "what is lost later is a matter of reconcile_hours");
});

test("a push that moves to another prefix is a new one", async (t) => {
  const world = applied(stream({ push }));
  await ticks(world, 12);
  const { streams } = createWorld(stream({ push: { ...push, prefix: "elsewhere/" } })).config;
  const moved = { streams, writtenAt: world.time.now };
  world.put("bucket", "elsewhere/f", "x");
  await ticks(world, 12, moved);
  t.deepEqual(sent(world), ["inbox/f"]);
});

test("a new journal of an old bridge takes no old object for a new one", async (t) => {
  const world = applied(stream({ push }));
  world.put("bucket", "out/long-sent", "x");
  world.time.now += 50 * hour;
  await ticks(world, 20);
  t.deepEqual(sent(world), []);
});

test("pushes that an apply made together don't wait for one another", async (t) => {
  const names = Array.from({ length: 40 }, (_, index) => `s${index}`);
  const world = applied(
    ...names.map((name) => ({
      ...stream({ push: { ...push, prefix: `${name}/`, directory: `inbox/${name}` } }),
      name,
    })),
  );
  await tick(world);
  for (const name of names) world.put("bucket", `${name}/f`, "x");
  await ticks(world, 13);
  t.is(sent(world).length, names.length);
});

test("one that fails is tried again", async (t) => {
  const world = applied(stream({ push }));
  await tick(world);
  world.put("bucket", "out/early", "x");
  world.time.now += 10 * minute;
  await tick(world, async (name, effect) => {
    if (name === "objects.list") throw new Error("AccessDenied");
    return effect();
  });
  t.deepEqual(sent(world), []);
  await ticks(world, 8);
  t.deepEqual(sent(world), ["inbox/early"]);
});
