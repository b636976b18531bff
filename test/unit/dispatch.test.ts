import test from "ava";
import { dispatch, streamsOfRule } from "../../lambda/src/dispatch.ts";
import { place } from "../helpers/memory-remote.ts";
import { pull, push, sftp, stream } from "../helpers/streams.ts";
import { createWorld } from "../helpers/world.ts";

const old = Date.UTC(2025, 11, 1) / 1000;

const message = (id: string, body: unknown) => ({
  eventSource: "aws:sqs",
  messageId: id,
  body: typeof body === "string" ? body : JSON.stringify(body),
});

const created = (bucket: string, key: string, sequencer = "01") => ({
  "detail-type": "Object Created",
  source: "aws.s3",
  time: new Date().toISOString(),
  detail: { bucket: { name: bucket }, object: { key, size: 1, sequencer } },
});

const scheduled = (...rules: string[]) => ({
  "detail-type": "Scheduled Event",
  source: "aws.events",
  resources: rules.map((name) => `arn:aws:events:eu-central-1:123456789012:rule/${name}`),
});

test("a message of S3 moves its object; a message that isn't S3's stays in the queue, and stops nobody", async (t) => {
  const world = createWorld(stream({ push }));
  world.put("bucket", "out/a", "content");
  const { invocation, telemetry } = world.bridge();
  const answer = await dispatch(invocation, {
    Records: [message("good", created("bucket", "out/a")), message("bad", "{}"), message("worse", "no json")],
  });
  t.deepEqual(answer, { batchItemFailures: [{ itemIdentifier: "bad" }, { itemIdentifier: "worse" }] });
  t.is(world.disk.files.get("inbox/a")?.bytes.toString(), "content");
  t.is(telemetry.lines.filter(({ level }) => level === "error").length, 2);
});

test("messages that can't be taken in come back soon, counted by how often they came; the others don't", async (t) => {
  const world = createWorld(stream({ push }));
  world.put("bucket", "out/a", "content");
  const { invocation } = world.bridge();
  await dispatch(invocation, {
    Records: [
      message("good", created("bucket", "out/a")),
      { ...message("bad", "{}"), receiptHandle: "r", attributes: { ApproximateReceiveCount: "3" } },
    ],
  });
  t.deepEqual(world.postponed, [{ receipt: "r", times: 3 }]);
});

test("that the queue can't be told so is logged, and what was taken in is moved", async (t) => {
  const world = createWorld(stream({ push }));
  world.put("bucket", "out/a", "content");
  const { invocation, telemetry } = world.bridge(async (name, effect) =>
    name === "queue.postpone" ? Promise.reject(new Error("no answer")) : effect(),
  );
  const Records = [message("good", created("bucket", "out/a")), message("bad", "{}")];
  t.deepEqual(await dispatch(invocation, { Records }), { batchItemFailures: [{ itemIdentifier: "bad" }] });
  t.true(telemetry.lines.some(({ level, message }) => level === "warn" && message.includes("visibility")));
  t.true(world.disk.files.has("inbox/a"));
});

test("a message that the journal doesn't take stays in the queue", async (t) => {
  const world = createWorld(stream({ push }));
  const { invocation } = world.bridge(async (name, effect) =>
    name === "table.put" ? Promise.reject(new Error("throttled")) : effect(),
  );
  const answer = await dispatch(invocation, { Records: [message("m", created("bucket", "out/a"))] });
  t.deepEqual(answer, { batchItemFailures: [{ itemIdentifier: "m" }] });
});

test("a message is acknowledged once the journal has it, also when its partner is down", async (t) => {
  const world = createWorld(stream({ push }));
  world.put("bucket", "out/a", "content");
  const { RemoteError } = await import("../../lambda/src/sftp/errors.ts");
  const { invocation } = world.bridge(async (name, effect) => {
    if (name === "connect") throw new RemoteError("unreachable", "refused");
    return effect();
  });
  const answer = await dispatch(invocation, { Records: [message("m", created("bucket", "out/a"))] });
  t.deepEqual(answer, { batchItemFailures: [] });
  t.is(world.entries()[0]?.["state"], "pending");
  world.time.now += 120_000;
  await dispatch(world.bridge().invocation, { action: "tick" });
  t.is(world.disk.files.get("inbox/a")?.bytes.toString(), "content", "the tick sends it when the partner is back");
});

test("a bucket's own notification moves its object", async (t) => {
  const world = createWorld(stream({ push }));
  world.put("bucket", "out/a b", "content");
  await dispatch(world.bridge().invocation, {
    Records: [
      {
        eventSource: "aws:s3",
        eventName: "ObjectCreated:Put",
        s3: { bucket: { name: "bucket" }, object: { key: "out/a+b", sequencer: "01" } },
      },
    ],
  });
  t.is(world.disk.files.get("inbox/a b")?.bytes.toString(), "content");
});

const two = [
  stream({ name: "one", pull }),
  stream({ name: "two", pull: { ...pull, directory: "second", prefix: "in2/" } }),
];

for (const [what, event] of [
  ["an action", { action: "poll", streams: ["one", "two"] }],
  ["a rule of the original with two streams in its name", scheduled("one.two")],
  ["two rules in one event", scheduled("one", "two")],
] as const) {
  test(`polls by ${what}`, async (t) => {
    const world = createWorld(...two);
    place(world.disk, "outbox/a", "1", old);
    place(world.disk, "second/b", "2", old);
    await dispatch(world.bridge().invocation, event);
    t.is(world.content("bucket", "in/a"), "1");
    t.is(world.content("bucket", "in2/b"), "2");
    t.is(world.connections.made, 1, "over one connection");
  });
}

test("a stream that isn't configured is an error that names it and those there are; the others are polled", async (t) => {
  const world = createWorld(...two);
  place(world.disk, "outbox/a", "1", old);
  place(world.disk, "second/b", "2", old);
  await t.throwsAsync(dispatch(world.bridge().invocation, scheduled("one.three")), {
    message: /"three".*there are: one, two/,
  });
  t.is(world.content("bucket", "in/a"), "1");
});

test("the original's rule `poll` tries again what is due", async (t) => {
  const world = createWorld(stream({ push }));
  await world.bridge().intake(world.put("bucket", "out/a", "content"));
  await dispatch(world.bridge().invocation, scheduled("poll"));
  t.is(world.disk.files.get("inbox/a")?.bytes.toString(), "content");
});

test("a rule's name is what follows `rule/`, also on a bus of its own", (t) => {
  t.deepEqual(streamsOfRule("arn:aws:events:eu-central-1:1:rule/a.b"), ["a", "b"]);
  t.deepEqual(streamsOfRule("arn:aws:events:eu-central-1:1:rule/bus/a"), ["a"]);
});

test("an event that asks for nothing is refused with what it may ask for", async (t) => {
  const { invocation } = createWorld(stream({ push })).bridge();
  for (const event of [
    {},
    null,
    "x",
    { action: "fly" },
    { action: "poll" },
    { action: "poll", streams: [] },
    { Records: [] },
  ]) {
    await t.throwsAsync(dispatch(invocation, event), { message: /asks for nothing.*"action":"tick"/ });
  }
});

test("a dead partner doesn't stop the others, and is asked once a turn, not once a file", async (t) => {
  const { RemoteError } = await import("../../lambda/src/sftp/errors.ts");
  const world = createWorld(
    stream({ name: "dead", sftp: { ...sftp, host: "dead" }, push: { ...push, prefix: "dead/" } }),
    stream({ name: "alive", push }),
  );
  const bridge = world.bridge();
  const attempts: string[] = [];
  const deps = {
    ...bridge.deps,
    connect: async (...args: Parameters<typeof bridge.deps.connect>) => {
      attempts.push(args[0].id);
      if (args[0].sftp.host === "dead") throw new RemoteError("connect-timeout", "no answer");
      return bridge.deps.connect(...args);
    },
  };
  for (let n = 0; n < 20; n++) await bridge.intake(world.put("bucket", `dead/${n}`, "x"));
  await bridge.intake(world.put("bucket", "out/a", "x"));
  for (let turn = 0; turn < 3; turn++) await dispatch({ ...bridge.invocation, deps }, { action: "tick" });
  t.is(attempts.filter((id) => id.includes("dead")).length, 1);
  t.truthy(world.disk.files.get("inbox/a"));
  t.is(world.entries().filter((entry) => entry["state"] === "pending").length, 20);
});

test("the tick tells backlog and age of what is open", async (t) => {
  const world = createWorld(stream({ push }));
  const bridge = world.bridge(async (name, effect) => {
    if (name === "connect") throw new Error("unused");
    return effect();
  });
  await bridge.intake(world.put("bucket", "out/a", "x"));
  world.time.now += 90_000;
  await dispatch(bridge.invocation, { action: "tick" });
  t.like(bridge.telemetry.records[0], { stream: "acme", direction: "push", backlog: 1, oldestSeconds: 90, failed: 0 });
});

test("one object for several streams goes to each of them, independently", async (t) => {
  const world = createWorld(
    stream({ name: "one", push }),
    stream({ name: "two", push: { ...push, directory: "copies" } }),
  );
  world.put("bucket", "out/a", "x");
  await dispatch(world.bridge().invocation, { Records: [message("m", created("bucket", "out/a"))] });
  t.deepEqual([...world.disk.files.keys()].sort(), ["copies/a", "inbox/a"]);
});

test("what a pull wrote doesn't go back to its partner; a copy of it, and another partner, get it", async (t) => {
  const relay = {
    name: "relay",
    sftp: { ...sftp, host: "elsewhere" },
    push: { ...push, prefix: "in/", directory: "relayed" },
  };
  const echo = { name: "echo", push: { ...push, prefix: "in/", directory: "echoed" } };
  const world = createWorld(stream({ pull }), stream(relay), stream(echo));
  place(world.disk, "outbox/a", "1", old);
  await dispatch(world.bridge().invocation, { action: "poll", streams: ["acme"] });
  await dispatch(world.bridge().invocation, { Records: [message("m", created("bucket", "in/a"))] });
  const mark = world.buckets.objects.get("bucket/in/a")?.[0]?.metadata ?? {};
  world.put("bucket", "in/copy", "1", mark);
  world.put("bucket", "in/legacy", "1", { synched: "true" });
  await dispatch(world.bridge().invocation, {
    Records: [message("m", created("bucket", "in/copy")), message("n", created("bucket", "in/legacy"))],
  });
  const there = [...world.disk.files.keys()].filter((path) => !path.startsWith("outbox")).sort();
  t.deepEqual(there, ["echoed/copy", "relayed/a", "relayed/copy"]);
});
