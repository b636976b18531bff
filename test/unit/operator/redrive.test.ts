import test from "ava";
import { dispatch } from "../../../lambda/src/dispatch.ts";
import type { Item } from "../../../lambda/src/journal/table.ts";
import { RemoteError } from "../../../lambda/src/sftp/errors.ts";
import { ask, results } from "../../helpers/ask.ts";
import type { Effects } from "../../helpers/effects.ts";
import { place } from "../../helpers/memory-remote.ts";
import { pull, push, stream } from "../../helpers/streams.ts";
import { createWorld, type World } from "../../helpers/world.ts";

const full: Effects = async (name, effect) => {
  if (name === "remote.write") throw new RemoteError("full", "the disk is full");
  return effect();
};

/** Files that were tried for a week and given up. */
const givenUp = async (world: World, ...keys: string[]) => {
  for (const key of keys) await world.bridge().intake(world.put("bucket", key, "content"));
  for (let turn = 0; turn < 2; turn++) {
    await dispatch(world.bridge(full).invocation, { action: "tick" });
    world.time.now += 8 * 86_400_000;
  }
};

const there = (world: World) => [...world.disk.files.keys()].filter((path) => path.startsWith("inbox/")).sort();

test("files that were given up wait for a redrive, which sends them at once", async (t) => {
  const world = createWorld(stream({ push }));
  await givenUp(world, "out/a", "out/x/b");
  t.deepEqual(
    world.entries().map((entry) => entry["state"]),
    ["failed", "failed"],
  );
  await dispatch(world.bridge().invocation, { action: "tick" });
  t.deepEqual(there(world), []);
  const answer = await ask(world, { action: "redrive", stream: "acme" });
  t.is(answer["redriven"], 2);
  t.deepEqual(results(answer), ["a: delivered", "x/b: delivered"]);
  t.deepEqual(there(world), ["inbox/a", "inbox/x/b"]);
});

test("one file, or a directory, by its path", async (t) => {
  const world = createWorld(stream({ push }));
  await givenUp(world, "out/a", "out/b", "out/x/c", "out/x/d");
  await ask(world, { action: "redrive", stream: "acme", path: "a" });
  t.deepEqual(there(world), ["inbox/a"]);
  await ask(world, { action: "redrive", stream: "acme", path: "x/" });
  t.deepEqual(there(world), ["inbox/a", "inbox/x/c", "inbox/x/d"]);
});

test("a redriven file that fails again is tried for its whole time again", async (t) => {
  const world = createWorld(stream({ push }));
  await givenUp(world, "out/a");
  const answer = await ask(world, { action: "redrive", stream: "acme" }, full);
  t.deepEqual(results(answer), ["a: queued"]);
  t.regex(JSON.stringify(answer["files"]), /the disk is full/);
  t.is(world.entries()[0]?.["state"], "pending");
});

test("all streams, also of a partner that has been refusing: it is asked at once", async (t) => {
  const world = createWorld(stream({ push }), stream({ name: "globex", push: { ...push, prefix: "globex/" } }));
  const down: Effects = async (name, effect) => {
    if (name === "connect") throw new RemoteError("unreachable", "refused");
    return effect();
  };
  await givenUp(world, "out/a", "globex/b");
  await world.bridge().intake(world.put("bucket", "out/c", "x"));
  await dispatch(world.bridge(down).invocation, { action: "tick" });
  const answer = await ask(world, { action: "redrive", all: true });
  t.is(answer["redriven"], 3);
  t.deepEqual(there(world), ["inbox/a", "inbox/b", "inbox/c"]);
});

test("files that only wait for their partner's pause to end go at once; asked to go on, they aren't tried again", async (t) => {
  const world = createWorld(stream({ push }));
  const down: Effects = async (name, effect) => {
    if (name === "connect") throw new RemoteError("unreachable", "refused");
    return effect();
  };
  await world.bridge().intake(world.put("bucket", "out/a", "x"));
  await dispatch(world.bridge(down).invocation, { action: "tick" });
  const still = await ask(world, { action: "redrive", stream: "acme" }, down);
  t.like(still, { ok: true, redriven: 1 });
  t.deepEqual(results(still), ["a: queued"]);
  t.like(await ask(world, { action: "redrive", stream: "acme", next: "go-on" }), { redriven: 0 });
  t.deepEqual(results(await ask(world, { action: "redrive", stream: "acme" })), ["a: delivered"]);
});

test("a large backlog behind a pause is redriven by one answer, which tells of the first files", async (t) => {
  const world = createWorld(stream({ push }));
  const files = 600;
  const { intake } = world.bridge();
  for (let file = 0; file < files; file++) await intake(world.put("bucket", `out/${file}`, "x"));
  const answer = await ask(world, { action: "redrive", stream: "acme" }, async (name, effect) => {
    if (name === "remote.write") throw new RemoteError("full", "the disk is full");
    return effect();
  });
  t.is(answer["redriven"], 500);
  t.is(answer.next, undefined);
  t.deepEqual(world.entries().filter((entry) => entry["attempts"] === 0).length, 0, "all were tried");
});

test("a file that has to hold still before it is read isn't made due by a redrive", async (t) => {
  const world = createWorld(stream({ pull }));
  place(world.disk, "outbox/a", "grow", world.time.now / 1000);
  // The poll makes it known; the function is out of time before it may be read.
  await dispatch(
    world.bridge(async (name, effect) => {
      if (name === "remote.openRead") throw new RemoteError("lost", "cut");
      return effect();
    }).invocation,
    { action: "poll", streams: ["acme"] },
  );
  const [entry] = world.entries();
  world.items.set(`${entry?.pk}\n${entry?.sk}`, {
    ...(entry as Item),
    state: "pending",
    last_error: undefined,
    next_attempt: world.time.now + 2_000,
  });
  t.like(await ask(world, { action: "redrive", stream: "acme" }), { ok: true, redriven: 0 });
});

test("a file that waits for its next attempt is due at once", async (t) => {
  const world = createWorld(stream({ push }));
  await world.bridge().intake(world.put("bucket", "out/a", "content"));
  await dispatch(world.bridge(full).invocation, { action: "tick" });
  const answer = await ask(world, { action: "redrive", stream: "acme" });
  t.is(answer["redriven"], 1);
  t.deepEqual(there(world), ["inbox/a"]);
});

test("two operators redrive at once: each file is redriven once", async (t) => {
  const world = createWorld(stream({ push }));
  await givenUp(world, "out/a", "out/b");
  const event = { action: "redrive", stream: "acme" };
  const answers = await Promise.all([ask(world, event), ask(world, event)]);
  t.is(
    answers.reduce((sum, answer) => sum + Number(answer["redriven"]), 0),
    2,
  );
  await world.bridge().drainAll();
  t.true(world.entries().every((entry) => (entry["deliveries"] as unknown[]).length === 1));
});

test("messages of the dead-letter queues are taken in and removed; one that isn't S3's stays, and is named", async (t) => {
  const world = createWorld(stream({ push }));
  world.put("bucket", "out/a", "x");
  const letter = (id: string, body: unknown) => ({ id, body: JSON.stringify(body), queue: "dead", receipt: id });
  const created = (key: string) => ({
    "detail-type": "Object Created",
    source: "aws.s3",
    detail: { bucket: { name: "bucket" }, object: { key, size: 1, sequencer: "01" } },
  });
  world.letters.push(letter("1", created("out/a")), letter("2", { not: "ours" }), letter("3", created("elsewhere/x")));
  const answer = await ask(world, { action: "redrive", queue: true });
  t.deepEqual(answer["messages"] && { ...(answer["messages"] as object), problems: undefined }, {
    taken_in: 2,
    left: 1,
    problems: undefined,
  });
  t.regex(JSON.stringify(answer["messages"]), /Message 2: The message is neither/);
  t.deepEqual(
    world.letters.map(({ id }) => id),
    ["2"],
  );
  t.deepEqual(there(world), ["inbox/a"]);
});

test("a poll that a schedule couldn't ask for is done by the next tick; one of a stream that is gone is named", async (t) => {
  const world = createWorld(stream({ pull }));
  place(world.disk, "outbox/a.csv", "content", Date.UTC(2025, 11, 1) / 1000);
  const letter = (id: string, name: string) => ({
    id,
    body: JSON.stringify({ action: "poll", streams: [name] }),
    queue: "dead",
    receipt: id,
  });
  world.letters.push(letter("1", "acme"), letter("2", "globex"));
  const answer = await ask(world, { action: "redrive", queue: true });
  t.like(answer["messages"], { taken_in: 1, left: 1 });
  t.regex(JSON.stringify(answer["messages"]), /Message 2: No stream is called .*globex/);
  await dispatch(world.bridge().invocation, { action: "tick" });
  t.is(world.content("bucket", "in/a.csv"), "content");
});

test("a message is removed only once the journal has it", async (t) => {
  const world = createWorld(stream({ push }));
  world.put("bucket", "out/a", "x");
  const body = JSON.stringify({
    "detail-type": "Object Created",
    source: "aws.s3",
    detail: { bucket: { name: "bucket" }, object: { key: "out/a", size: 1, sequencer: "01" } },
  });
  world.letters.push({ id: "1", body, queue: "dead", receipt: "1" });
  const answer = await ask(world, { action: "redrive", queue: true }, async (name, effect) =>
    name === "table.put" ? Promise.reject(new Error("throttled")) : effect(),
  );
  t.regex(JSON.stringify(answer), /Message 1: throttled/);
  t.is(world.letters.length, 1);
});
