/** A tick's look at what is open: all of it where it is little, and else no more than a little of it. */
import test from "ava";
import { dispatch } from "../../../lambda/src/dispatch.ts";
import type { DrainDeps } from "../../../lambda/src/drain/deps.ts";
import type { Entry } from "../../../lambda/src/journal/entry.ts";
import { readStreamStates } from "../../../lambda/src/journal/stream-state.ts";
import type { Item } from "../../../lambda/src/journal/table.ts";
import { keepCounts } from "../../../lambda/src/runs/kept-counts.ts";
import { findOpen } from "../../../lambda/src/runs/open-entries.ts";
import { pull, push, sftp, stream } from "../../helpers/streams.ts";
import { createWorld, type World } from "../../helpers/world.ts";

const hour = 3_600_000;
const at = (name: string) => ({ ...sftp, host: name });
const streams = [
  stream({ name: "big", sftp: at("big"), push: { ...push, prefix: "big/" } }),
  stream({ name: "one", sftp: at("one"), push: { ...push, prefix: "one/" }, pull: { ...pull, prefix: "in/" } }),
  stream({ name: "none", sftp: at("none"), push: { ...push, prefix: "none/" } }),
];

/** So many entries of a stream as the journal writes them, and with what the test says of each. */
const fill = async (
  world: World,
  name: string,
  count: number,
  changes: (index: number) => Partial<Entry> = () => ({}),
) => {
  const { intake } = world.bridge();
  const object = world.put("bucket", `${name}/template`, "x");
  await intake(object);
  const [[key, template] = ["", undefined]] = [...world.items].filter(([id]) => id.includes(`push#${name}#`));
  world.items.delete(key);
  for (let index = 0; index < count; index++) {
    const sk = `file-${String(index).padStart(7, "0")}`;
    const item = { ...template, sk, path: sk, ...changes(index) } as unknown as Item;
    world.items.set(`${item.pk}\n${sk}`, item);
  }
};

const find = async (world: World, deps: DrainDeps) =>
  findOpen(deps, world.time.now, await readStreamStates(world.bridge().deps.table));

const inAnHour = (world: World) => () => ({ next_attempt: world.time.now + hour });
const sidesOf = ({ sides }: Awaited<ReturnType<typeof findOpen>>) =>
  [...sides.values()].map(({ stream: name, backlog, failed }) => ({ name, backlog, failed }));

test("what is little is read as a whole", async (t) => {
  const world = createWorld(...streams);
  await fill(world, "big", 400, inAnHour(world));
  await fill(world, "one", 1);
  const effects: string[] = [];
  const { deps } = world.bridge(async (name, effect) => {
    effects.push(name);
    return effect();
  });
  const found = await find(world, deps);
  t.deepEqual(sidesOf(found), [
    { name: "big", backlog: 400, failed: 0 },
    { name: "one", backlog: 1, failed: 0 },
  ]);
  t.deepEqual([...found.due.keys()], ["us@one:22"]);
  t.deepEqual(effects, ["table.scanOpen"]);
});

test("behind a backlog that isn't due, what is due is found, by its partner and its time", async (t) => {
  const world = createWorld(...streams);
  const { now } = world.time;
  const dueAt = now - 5_000;
  await fill(world, "big", 3_000, (index) => ({
    next_attempt: index === 2_900 ? dueAt : world.time.now + hour,
    open_since: new Date(now - index).toISOString(),
  }));
  await fill(world, "one", 2, () => ({ next_attempt: dueAt - 1_000 }));
  const found = await find(world, world.bridge().deps);
  t.deepEqual([...found.due].sort(), [
    ["us@big:22", dueAt],
    ["us@one:22", dueAt - 1_000],
  ]);
  t.deepEqual(sidesOf(found), [
    { name: "big", backlog: 3_000, failed: 0 },
    { name: "one", backlog: 2, failed: 0 },
  ]);
  t.is(found.sides.get("push#big")?.oldest, now - 2_999);
});

test("nothing is due that isn't, and a poll that waits is", async (t) => {
  const world = createWorld(...streams);
  await fill(world, "big", 3_000, inAnHour(world));
  t.is((await find(world, world.bridge().deps)).due.size, 0);
  await world.bridge().poll(streams[1] as (typeof streams)[number]);
  t.deepEqual([...(await find(world, world.bridge().deps)).due.keys()], ["us@one:22"]);
});

test("what was given up is counted by itself", async (t) => {
  const world = createWorld(...streams);
  await fill(world, "big", 3_000, (index) => ({
    next_attempt: world.time.now + hour,
    ...(index < 700 && { state: "failed" as const, open_stream: "failed#push#big" }),
  }));
  const found = await find(world, world.bridge().deps);
  t.deepEqual(sidesOf(found), [{ name: "big", backlog: 2_300, failed: 700 }]);
});

test("a side that is no longer configured is told of, and so is a stream, as far as they were seen", async (t) => {
  const world = createWorld(...streams);
  await fill(world, "big", 3_000, (index) => ({
    ...(index < 2 && { open_since: "2020-01-01T00:00:00.000Z", stream: "removed", open_stream: "push#removed" }),
    ...(index === 2 && { open_since: "2020-01-01T00:00:00.000Z", direction: "pull", open_stream: "pull#big" }),
  }));
  const found = await find(world, world.bridge().deps);
  t.deepEqual([...found.orphans], ["removed"]);
  t.is(found.sides.get("pull#big")?.backlog, 1);
});

test("the requests of a tick don't grow with a backlog", async (t) => {
  const requests = async (count: number) => {
    const world = createWorld(...streams);
    await fill(world, "big", count, inAnHour(world));
    const effects: string[] = [];
    const { deps } = world.bridge(async (name, effect) => {
      effects.push(name);
      return effect();
    });
    await find(world, deps);
    return effects.length;
  };
  t.is(await requests(1_000), await requests(4_900));
});

test("of a long backlog three pages are read, however many there are", async (t) => {
  const world = createWorld(...streams);
  await fill(world, "big", 3_000, inAnHour(world));
  const { deps } = world.bridge();
  let pages = 0;
  const everythingOpen = async function* () {
    for await (const page of deps.journal.everythingOpen()) {
      pages++;
      yield page;
    }
  };
  await find(world, { ...deps, journal: { ...deps.journal, everythingOpen } });
  t.is(pages, 3);
});

test("a tick drains what is due behind a backlog, and publishes the ages of both", async (t) => {
  const world = createWorld(...streams);
  await fill(world, "big", 1_000, inAnHour(world));
  const bridge = world.bridge();
  await bridge.intake(world.put("bucket", "one/new", "content"));
  await dispatch(bridge.invocation, { action: "tick" });
  t.is(world.disk.files.get("inbox/new")?.bytes.toString(), "content");
  const backlogs = (bridge.telemetry.records as { stream: string; backlog?: number }[]).flatMap((one) =>
    one.backlog === undefined ? [] : [[one.stream, one.backlog]],
  );
  t.deepEqual(backlogs, [
    ["big", 1_000],
    ["one", 1],
  ]);
});

/** A table whose list has so many entries, which are counted in parts; how many were, in each tick. */
const counting = (size: { now: number }) => {
  const world = createWorld(...streams);
  const { deps } = world.bridge();
  const list = { stream: "big", openStream: "push#big" };
  let counted = 0;
  let broken = false;
  const countOpen: typeof deps.table.countOpen = async (openStream, { after, limit }) => {
    if (broken && after !== undefined) throw new Error("ValidationException: not a place");
    const total = openStream === list.openStream ? size.now : 3;
    const start = Number(after ?? 0);
    const count = Math.max(0, Math.min(total - start, limit));
    counted += count;
    return { count, next: start + count < total ? String(start + count) : undefined };
  };
  const table = { ...deps.table, countOpen };
  const tick = async () => {
    counted = 0;
    const facts = await readStreamStates(table);
    const counts = await keepCounts({ ...deps, table }, facts, [list, { stream: "one", openStream: "push#one" }]);
    return { counts: [counts.get("push#big"), counts.get("push#one")], counted };
  };
  return { tick, break: () => (broken = true), world };
};

test("a million is counted in parts, of which each tick does one; the count is kept until the next is done", async (t) => {
  const size = { now: 1_000_000 };
  const { tick } = counting(size);
  const first = await tick();
  t.true(first.counted <= 50_000);
  t.deepEqual(first.counts, [first.counted - 3, 3], "so far at least");
  let ticks = 1;
  let last = first;
  while (last.counts[0] !== 1_000_000 && ticks < 50) {
    last = await tick();
    t.true(last.counted <= 50_000);
    t.is(last.counts[1], 3, "a short list is counted at once, whatever the long one takes");
    ticks++;
  }
  t.true(ticks <= 22, String(ticks));
  size.now = 900_000;
  t.is((await tick()).counts[0], 1_000_000);
  for (let more = 0; more < 22; more++) await tick();
  t.is((await tick()).counts[0], 900_000);
});

test("once it is short again, it is counted at once, and nothing of the long one is left", async (t) => {
  const size = { now: 120_000 };
  const { tick } = counting(size);
  for (let ticks = 0; ticks < 4; ticks++) await tick();
  size.now = 7;
  await tick();
  t.is((await tick()).counts[0], 7);
  t.is((await tick()).counts[0], 7);
});

test("a place that the table doesn't know any more has the count begin anew", async (t) => {
  const { tick, ...world } = counting({ now: 120_000 });
  await tick();
  world.break();
  t.true(((await tick()).counts[0] ?? 0) > 0);
});
