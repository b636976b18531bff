import test from "ava";
import { acquireLease } from "../../../lambda/src/journal/lease.ts";
import { ask } from "../../helpers/ask.ts";
import { pull, push, stream } from "../../helpers/streams.ts";
import { createWorld } from "../../helpers/world.ts";

test("a malformed action is an answer that says what is wrong and what it takes, not a failed invocation", async (t) => {
  const world = createWorld(stream({ push, pull }));
  const cases: [object, RegExp][] = [
    [
      { action: "replay", steam: "acme", path: "a" },
      /"steam" is unknown.*"stream" is missing|"stream" is missing.*"steam" is unknown/,
    ],
    [{ action: "replay", stream: "acme" }, /Say what is to be moved again|push and a pull/],
    [{ action: "replay", stream: "acme", direction: "push" }, /Say what is to be moved again: --path/],
    [{ action: "replay", stream: "acme", direction: "push", path: "a", prefix: "b" }, /not both/],
    [{ action: "replay", stream: "acme", direction: "sideways", path: "a" }, /"direction" has to be "push" or "pull"/],
    [{ action: "replay", stream: "acme", direction: "push", path: "../a" }, /"path" may not contain "\.\."/],
    [{ action: "replay", stream: "acme", direction: "push", path: "" }, /"path" may not be empty/],
    [
      { action: "replay", stream: "acme", direction: "push", since: "yesterday" },
      /"since" has to be a time with its zone/,
    ],
    [{ action: "replay", stream: "acme", direction: "push", since: "2026-13-01" }, /"since" has to be a time/],
    [
      { action: "replay", stream: "acme", direction: "push", path: "a", force: "yes" },
      /"force" has to be true or false/,
    ],
    [{ action: "redrive" }, /exactly one of --stream/],
    [{ action: "redrive", all: true, queue: true }, /exactly one of --stream/],
    [{ action: "redrive", all: true, path: "a" }, /--path needs the --stream/],
    [{ action: "history", stream: "acme" }, /"path" is missing/],
    [{ action: "list", stream: 7 }, /"stream" has to be the name of a stream/],
    [{ action: "replay", stream: "acme", path: "a" }, /push and a pull: say which/],
    [{ action: "reconcile", stream: "acme", prefix: "/x" }, /"prefix" is below the stream's source/],
  ];
  for (const [event, message] of cases) {
    const answer = await ask(world, event);
    t.false(answer.ok, JSON.stringify(event));
    t.is(answer.error?.kind, "malformed", JSON.stringify(event));
    t.regex(answer.error?.message ?? "", message);
  }
});

test("an unknown stream is named, with those that there are", async (t) => {
  const world = createWorld(stream({ push }), stream({ name: "globex", push: { ...push, prefix: "globex/" } }));
  for (const action of ["check", "list", "dry-run", "redrive", "reconcile", "backfill", "status"]) {
    const answer = await ask(world, { action, stream: "nobody" });
    t.is(answer.error?.kind, "unknown-stream", action);
    t.regex(answer.error?.message ?? "", /No stream is called "nobody"; there are: acme, globex\./);
  }
  t.regex((await ask(world, { action: "history", stream: "nobody", path: "a" })).error?.message ?? "", /"nobody"/);
  t.regex((await ask(world, { action: "replay", stream: "nobody", path: "a" })).error?.message ?? "", /"nobody"/);
});

test("an action on the side that a stream doesn't have says so", async (t) => {
  const world = createWorld(stream({ pull }));
  t.regex((await ask(world, { action: "reconcile", stream: "acme" })).error?.message ?? "", /acme has no push/);
  t.regex(
    (await ask(world, { action: "list", stream: "acme", direction: "push" })).error?.message ?? "",
    /acme has no push; it is a pull only/,
  );
});

test("an action doesn't take a connection more than the partner allows: it says since when it is busy, and does nothing", async (t) => {
  const world = createWorld(stream({ pull }));
  const holder = world.bridge();
  const lease = await acquireLease(holder.deps, "us@partner:22", 1);
  t.truthy(lease);
  const since = new Date(world.time.now).toISOString();
  for (const event of [
    { action: "list", stream: "acme" },
    { action: "replay", stream: "acme", path: "a" },
  ]) {
    const answer = await ask(world, event);
    t.is(answer.error?.kind, "busy");
    t.true(answer.error?.message.includes(`us@partner:22 is busy since ${since}`), answer.error?.message);
    t.regex(answer.error?.message ?? "", /ask again in a minute/);
    await lease?.refresh();
    await lease?.renew();
  }
  t.is(world.connections.made, 0);
});

test("an action gets the connection that becomes free while it waits", async (t) => {
  const world = createWorld(stream({ pull }));
  world.disk.directories.add("outbox");
  const holder = world.bridge();
  const lease = await acquireLease(holder.deps, "us@partner:22", 1);
  let looks = 0;
  const answer = await ask(world, { action: "list", stream: "acme" }, async (name, effect) => {
    if (name === "table.add" && ++looks === 3) {
      await lease?.refresh();
      await lease?.abandon();
    }
    return effect();
  });
  t.true(answer.ok, answer.error?.message);
  t.is(world.connections.open, 0);
  t.is(world.connections.most, 1);
});
