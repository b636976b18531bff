/** `order` and `strict_order`: which file goes first, and which waits for which. */
import test from "ava";
import type { PullConfig, PushConfig } from "../../../lambda/src/config/types.ts";
import { operate } from "../../../lambda/src/operator/commands.ts";
import { tick } from "../../../lambda/src/runs/tick.ts";
import { RemoteError } from "../../../lambda/src/sftp/errors.ts";
import { deaths, type Effects, untilCrash } from "../../helpers/effects.ts";
import { place } from "../../helpers/memory-remote.ts";
import { pull, push, stream } from "../../helpers/streams.ts";
import { createWorld, untilLapsed, type World } from "../../helpers/world.ts";

const pushing = (changes: Partial<PushConfig>) => stream({ push: { ...push, ...changes } });
const strict = { order: "name", strictOrder: true } as const;
const hour = 3_600_000;

/** Names in the inbox in the order in which they came, and how many unfinished files there were at most. */
const watchArrivals = (world: World, root = "inbox/") => {
  const arrivals: string[] = [];
  const seen = { arrivals, unfinished: 0 };
  world.disk.watch = () => {
    const paths = [...world.disk.files.keys()];
    seen.unfinished = Math.max(seen.unfinished, paths.filter((path) => path.endsWith(".tmp")).length);
    for (const path of paths)
      if (path.startsWith(root) && !path.endsWith(".tmp") && !arrivals.includes(path.slice(root.length)))
        arrivals.push(path.slice(root.length));
  };
  return seen;
};

const states = (world: World) =>
  Object.fromEntries(world.entries().map(({ path, state }) => [String(path), state as string]));

/** The partner refuses this file. */
const refusing =
  (world: World, name: string): Effects =>
  async (effect, act) => {
    const isIts =
      effect === "remote.publish" && [...world.disk.files.values()].some(({ bytes }) => `${bytes}` === name);
    if (isIts) throw new RemoteError("failure", `not ${name}`);
    return act();
  };

for (const [order, expected] of [
  ["name", ["a", "b", "c"]],
  ["oldest", ["b", "c", "a"]],
] as const)
  for (const strictOrder of [false, true])
    test(`files are moved in order: ${order}, strict: ${strictOrder}`, async (t) => {
      const world = createWorld(pushing({ order, strictOrder }));
      const seen = watchArrivals(world);
      const events = ["b", "c", "a"].map((name) => world.put("bucket", `out/${name}`, name));
      // Events come in any order.
      for (const event of [events[2], events[0], events[1]]) if (event) await world.bridge().intake(event);
      await world.bridge().drainAll();
      t.deepEqual(seen.arrivals, [...expected]);
      t.true(strictOrder ? seen.unfinished === 1 : seen.unfinished > 1);
    });

test("pulled files are copied in order, by when the partner changed them", async (t) => {
  const config = stream({ pull: { ...pull, after: "delete", order: "oldest", strictOrder: true } });
  const world = createWorld(config);
  const old = Date.UTC(2025, 11, 1) / 1000;
  for (const [name, time] of [
    ["a", 3],
    ["b", 1],
    ["c", 2],
  ] as const)
    place(world.disk, `outbox/${name}`, name, old + time);
  const gone: string[] = [];
  world.disk.watch = () => {
    for (const name of ["a", "b", "c"])
      if (!world.disk.files.has(`outbox/${name}`) && !gone.includes(name)) gone.push(name);
  };
  await world.bridge().poll(config);
  await world.bridge().drainAll();
  t.deepEqual(gone, ["b", "c", "a"]);
});

test("a file that fails holds those behind it, also once it was given up, until it is skipped", async (t) => {
  const world = createWorld(pushing(strict));
  const seen = watchArrivals(world);
  for (const name of ["a", "b", "c"]) await world.bridge().intake(world.put("bucket", `out/${name}`, name));
  for (let turn = 0; turn < 9 * 24; turn++) {
    await world.bridge(refusing(world, "b")).drainAll();
    world.time.now += hour;
  }
  t.deepEqual(seen.arrivals, ["a"]);
  t.deepEqual(states(world), { a: "delivered", b: "failed", c: "pending" });

  const bridge = world.bridge();
  const listed = await operate(bridge.invocation, "list", { stream: "acme" });
  t.true(listed.ok);
  t.regex(JSON.stringify(listed), /it waits for .*b.* \(strict_order\): it was given up after .*not b/);
  const { made } = world.connections;
  await tick(bridge.invocation);
  t.is(world.connections.made, made, "nobody is asked for what can't move");

  await operate(bridge.invocation, "skip", { stream: "acme", path: "b" });
  await tick(world.bridge().invocation);
  t.deepEqual(seen.arrivals, ["a", "c"]);
});

test("a failed file that is redriven goes before those that waited for it", async (t) => {
  const world = createWorld(pushing(strict));
  const seen = watchArrivals(world);
  for (const name of ["a", "b"]) await world.bridge().intake(world.put("bucket", `out/${name}`, name));
  for (let turn = 0; turn < 9 * 24; turn++) {
    await world.bridge(refusing(world, "a")).drainAll();
    world.time.now += hour;
  }
  t.deepEqual(states(world), { a: "failed", b: "pending" });
  await operate(world.bridge().invocation, "redrive", { stream: "acme" });
  t.deepEqual(seen.arrivals, ["a", "b"]);
});

test("a file that waits for its next attempt holds the others of its stream, and no other stream's", async (t) => {
  const other = stream({ name: "other", push: { ...push, prefix: "other/", directory: "elsewhere" } });
  const world = createWorld(pushing(strict), other);
  await world.bridge().intake(world.put("bucket", "out/a", "a"));
  await world.bridge().intake(world.put("bucket", "out/b", "b"));
  await world.bridge().intake(world.put("bucket", "other/c", "c"));
  await world.bridge(refusing(world, "a")).drainAll();
  t.deepEqual(states(world), { a: "pending", b: "pending", c: "delivered" });
  world.time.now += hour;
  await world.bridge().drainAll();
  t.deepEqual(states(world), { a: "delivered", b: "delivered", c: "delivered" });
});

test("markers of the partner hold nobody, wherever they are in the order", async (t) => {
  const ready = { marker: "0-{stem}", scope: "file", after: "delete", checksum: "none", deliver: false } as const;
  const config = stream({ pull: { ...pull, ...strict, after: "delete", ready } satisfies PullConfig });
  const world = createWorld(config);
  const old = Date.UTC(2025, 11, 1) / 1000;
  for (const name of ["a.csv", "b.csv", "0-a", "0-b"]) place(world.disk, `outbox/${name}`, name, old);
  for (let turn = 0; turn < 3; turn++) {
    await world.bridge().poll(config);
    await world.bridge().drainAll();
    world.time.now += hour;
  }
  t.deepEqual([...world.disk.files.keys()], []);
  t.is(world.content("bucket", "in/b.csv"), "b.csv");
});

test("a crash at any effect changes no order, and holds nothing for good", async (t) => {
  for (const effects of deaths()) {
    const world = createWorld(pushing(strict));
    const seen = watchArrivals(world);
    for (const name of ["c", "a", "b"]) await world.bridge().intake(world.put("bucket", `out/${name}`, name));
    await untilCrash(() => world.bridge(effects).drainAll());
    for (let turn = 0; turn < 2; turn++) {
      world.time.now += untilLapsed;
      await world.bridge().drainAll();
    }
    t.deepEqual(seen.arrivals, ["a", "b", "c"], effects.where());
  }
});
