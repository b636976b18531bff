/** A partner under which the process died is alone in the next one, with pauses that grow, and is named. */
import test from "ava";
import { partnerOf, type StreamConfig } from "../../../lambda/src/config/types.ts";
import { dispatch } from "../../../lambda/src/dispatch.ts";
import { drainAll } from "../../../lambda/src/invocation.ts";
import { readHealth } from "../../../lambda/src/journal/partner-health.ts";
import type { Effects } from "../../helpers/effects.ts";
import { push, sftp, stream } from "../../helpers/streams.ts";
import { createWorld, type World } from "../../helpers/world.ts";

const untilLapsed = 400_000;
const named = (name: string): StreamConfig =>
  stream({ name, sftp: { ...sftp, host: name }, push: { ...push, prefix: `${name}/`, directory: name } });

/** From the first request to the partner on, nothing comes back any more, and nothing is given up: as in a process that was killed. */
const die = async (world: World, run: (effects: Effects) => Promise<unknown>) => {
  let isDead = false;
  const effects: Effects = (name, effect) => {
    isDead ||= name.startsWith("remote.");
    return isDead ? new Promise(() => {}) : Promise.resolve(effect());
  };
  let steps = 0;
  const ended = run(effects).then(() => true);
  while (
    !isDead &&
    steps++ < 5_000 &&
    (await Promise.race([ended, new Promise((resolve) => setImmediate(resolve))])) !== true
  );
  world.time.now += untilLapsed;
};

const setUp = async (...names: string[]) => {
  const streams = names.map(named);
  const world = createWorld(...streams);
  for (const name of names) await world.bridge().intake(world.put("bucket", `${name}/f`, "x"));
  return { world, ids: streams.map(({ sftp: config }) => partnerOf(config)) };
};
const tick = async (world: World, effects?: Effects) => {
  const { invocation, telemetry } = world.bridge(effects);
  await dispatch(invocation, { action: "tick" });
  return telemetry.lines;
};
type Lines = Awaited<ReturnType<typeof tick>>;
const deliveredTo = (world: World, name: string) => world.disk.files.has(`${name}/f`);

test("partners of a process that died go on each in an invocation of its own, and are together again once they did", async (t) => {
  const { world, ids } = await setUp("evil", "good");
  await die(world, (effects) => dispatch(world.bridge(effects).invocation, { action: "tick" }));
  const lines = await tick(world);
  t.deepEqual([...world.started].map(String).sort(), [...ids].sort(), "one each");
  t.deepEqual(
    lines
      .filter(({ message }) => /the next one works for it alone/.test(message))
      .map(({ fields }) => fields["partner"])
      .sort(),
    [...ids].sort(),
  );
  t.false(deliveredTo(world, "evil") || deliveredTo(world, "good"), "not in the tick's own process");
  for (const partners of world.started.splice(0))
    await dispatch(world.bridge().invocation, { action: "drain", partners });
  t.true(deliveredTo(world, "evil") && deliveredTo(world, "good"));
  for (const name of ["evil", "good"]) await world.bridge().intake(world.put("bucket", `${name}/g`, "x"));
  await tick(world);
  t.deepEqual(world.started, [], "they are together again");
  t.true(world.disk.files.has("evil/g") && world.disk.files.has("good/g"));
});

test("over whom processes die again and again is named in errors, and has pauses that grow; the others don't", async (t) => {
  const { world, ids } = await setUp("evil", "good");
  const [evil = ""] = ids;
  await die(world, (effects) => drainAll(world.bridge(effects).invocation, ids));
  const pauses: number[] = [];
  const errors: Lines[number][] = [];
  let lines: Lines = [];
  for (let turn = 0; turn < 11; turn++) {
    await tick(world);
    for (const partners of world.started.splice(0))
      if (!partners.includes(evil)) await drainAll(world.bridge().invocation, partners);
    const then = world.time.now;
    await die(world, (effects) => {
      const { invocation, telemetry } = world.bridge(effects);
      lines = telemetry.lines;
      return drainAll(invocation, [evil]);
    });
    errors.push(...lines.filter(({ level }) => level === "error"));
    const health = await readHealth(world.bridge().deps.table, evil, then);
    pauses.push(Math.max(0, (health?.notBefore ?? 0) - then) / 60_000);
    world.time.now += 3_600_000;
  }
  t.true(deliveredTo(world, "good"), "the other has its file");
  t.false(deliveredTo(world, "evil"));
  t.true(errors.length > 0, JSON.stringify(lines));
  t.like(errors[0]?.fields, { stream: "evil" });
  t.regex(
    String((errors[0]?.fields["error"] as Error | undefined)?.message),
    /processes in a row ended while they worked.*raise memory_size/,
  );
  t.deepEqual(
    pauses.filter((pause) => pause > 0),
    [1, 2, 4, 8, 15],
    "minutes",
  );
});

test("where no invocation can be started, it has its turn alone, when the others are done", async (t) => {
  const { world, ids } = await setUp("evil", "good", "third");
  await die(world, (effects) => drainAll(world.bridge(effects).invocation, ids.slice(0, 1)));
  const order: string[] = [];
  const { invocation } = world.bridge(async (name, effect) => {
    if (name === "invoke") throw new Error("no route");
    if (name === "connect" || name === "remote.publish") order.push(name);
    return effect();
  });
  await drainAll(invocation, ids);
  t.true(["evil", "good", "third"].every((name) => deliveredTo(world, name)));
  t.deepEqual(order.slice(-2), ["connect", "remote.publish"], "the last connection is made when all else is done");
});
