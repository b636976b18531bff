/** Servers whose renames change the time of a file, as those do that copy to rename. */
import test from "ava";
import type { Entry } from "../../../lambda/src/journal/entry.ts";
import type { Effects } from "../../helpers/effects.ts";
import { place } from "../../helpers/memory-remote.ts";
import { pull, stream } from "../../helpers/streams.ts";
import { createWorld, untilLapsed } from "../../helpers/world.ts";

const old = Date.UTC(2025, 11, 1) / 1000;
const day = 86_400_000;
const config = stream({ pull });

const stamping = () => {
  const world = createWorld(config);
  world.disk.stampsRenames = true;
  place(world.disk, "outbox/f", "content", old);
  const poll = async (effects?: Effects) => {
    world.time.now += untilLapsed;
    await world.bridge().poll(config);
    const bridge = world.bridge(effects);
    await bridge.drainAll();
    return bridge;
  };
  const names = () => [...world.disk.files.keys()].map((path) => path.replace(/\d{14}/, "STAMP"));
  const deliveries = () => (world.entries()[0] as unknown as Entry).deliveries;
  return { world, poll, names, deliveries };
};

test("a file goes to .done once, stays there, and is purged when its time has come", async (t) => {
  const { world, poll, names, deliveries } = stamping();
  const { telemetry } = await poll();
  t.deepEqual(names(), ["outbox/.done/STAMP-f"]);
  t.deepEqual(
    telemetry.lines.filter(({ level }) => level === "warn"),
    [],
  );
  await poll();
  t.is(deliveries().length, 1, "it wasn't taken for another file");
  world.time.now += 15 * day;
  await poll();
  t.deepEqual(names(), []);
});

test("a file of the same size that the partner put there just before is pulled out all the same", async (t) => {
  const { world, poll, names, deliveries } = stamping();
  let replaced = false;
  await poll(async (name, effect) => {
    if (name === "remote.move" && !replaced) {
      replaced = true;
      place(world.disk, "outbox/f", "CONTENT", old + 5);
    }
    return effect();
  });
  t.deepEqual(names(), ["outbox/f"]);
  await poll();
  t.is(world.content("bucket", "in/f"), "CONTENT");
  t.is(deliveries().length, 2);
  t.deepEqual(names(), ["outbox/.done/STAMP-f"]);
});
