/** What can be asked by which way in: whoever may only make a rule, or only look, can ask for nothing else. */
import test from "ava";
import { type Alias, aliases, aliasOf, NotOffered } from "../../lambda/src/aliases.ts";
import { dispatch } from "../../lambda/src/dispatch.ts";
import { pull, push, stream } from "../helpers/streams.ts";
import { createWorld } from "../helpers/world.ts";

const functionArn = "arn:aws:lambda:eu-west-1:123456789012:function:partner-files";
const arnOf = (alias: string | undefined) => (alias === undefined ? functionArn : `${functionArn}:${alias}`);

const created = {
  "detail-type": "Object Created",
  source: "aws.s3",
  detail: { bucket: { name: "bucket" }, object: { key: "out/a", size: 1, sequencer: "01" } },
};
const notification = {
  eventSource: "aws:s3",
  eventName: "ObjectCreated:Put",
  s3: { bucket: { name: "bucket" }, object: { key: "out/a", size: 1, sequencer: "01" } },
};

/** Everything that an event can ask for, and by which aliases. */
const events: readonly (readonly [what: string, event: object, offered: readonly Alias[]])[] = [
  ["a tick", { action: "tick" }, ["schedule", "operate"]],
  ["a poll", { action: "poll", streams: ["acme"] }, ["schedule", "operate"]],
  [
    "a rule's own event",
    { "detail-type": "Scheduled Event", resources: ["arn:aws:events:x:1:rule/acme"] },
    ["schedule", "operate"],
  ],
  [
    "the original's rule",
    { "detail-type": "Scheduled Event", resources: ["arn:aws:events:x:1:rule/poll"] },
    ["schedule", "operate"],
  ],
  [
    "messages of the queue",
    { Records: [{ eventSource: "aws:sqs", messageId: "m", body: JSON.stringify(created) }] },
    ["intake"],
  ],
  ["a bucket's notification", { Records: [notification] }, ["intake"]],
  ["a drain", { action: "drain", partners: ["us@partner:22"] }, ["drain"]],
  ["list", { action: "list", stream: "acme" }, ["read", "operate"]],
  ["dry-run", { action: "dry-run", stream: "acme" }, ["read", "operate"]],
  ["history", { action: "history", stream: "acme", path: "a" }, ["read", "operate"]],
  ["status", { action: "status" }, ["read", "operate"]],
  ["a dashboard's widget", { widgetContext: { theme: "dark" } }, ["read", "operate"]],
  ["a widget that says more", { widgetContext: {}, action: "redrive", all: true, stream: "acme" }, ["read", "operate"]],
  ["what a widget takes", { describe: true }, ["read", "operate"]],
  ["reconcile that only tells", { action: "reconcile", stream: "acme", dry_run: true }, ["read", "operate"]],
  ["backfill that only tells", { action: "backfill", stream: "acme", dry_run: true }, ["read", "operate"]],
  ["reconcile", { action: "reconcile", stream: "acme" }, ["operate"]],
  ["reconcile, in so many words", { action: "reconcile", stream: "acme", dry_run: false }, ["operate"]],
  ["reconcile that nearly only tells", { action: "reconcile", stream: "acme", dry_run: "true" }, ["operate"]],
  ["backfill", { action: "backfill", stream: "acme" }, ["operate"]],
  ["check, which writes a probe file", { action: "check", stream: "acme" }, ["operate"]],
  ["replay", { action: "replay", stream: "acme", path: "a" }, ["operate"]],
  [
    "replay with a word that it doesn't know",
    { action: "replay", stream: "acme", path: "a", dry_run: true },
    ["operate"],
  ],
  ["redrive", { action: "redrive", all: true }, ["operate"]],
  ["redrive of the queues", { action: "redrive", queue: true }, ["operate"]],
];

const worldOf = () => {
  const world = createWorld(stream({ push, pull }));
  world.put("bucket", "out/a", "content");
  return world;
};

/** What came of it: refused, or not; and whether anything happened at all. */
const ask = async (event: object, alias: string | undefined) => {
  const world = worldOf();
  const effects: string[] = [];
  const { invocation, telemetry } = world.bridge(async (name, effect) => {
    effects.push(name);
    return effect();
  });
  let refused = false;
  try {
    const answer = (await dispatch(invocation, event, arnOf(alias))) as { error?: { kind: string } } | undefined;
    refused = answer?.error?.kind === "not-offered";
  } catch (error) {
    refused = error instanceof NotOffered;
  }
  return { refused, effects, telemetry };
};

for (const [what, event, offered] of events) {
  test(`${what}: offered by ${offered.join(" and ")}, and by no other alias`, async (t) => {
    for (const alias of Object.keys(aliases) as Alias[]) {
      const { refused, effects } = await ask(event, alias);
      t.is(refused, !offered.includes(alias), alias);
      if (refused) t.deepEqual(effects, [], `${alias}: nothing may have happened`);
    }
  });

  test(`${what}: asked of the function itself, which is for whoever may do everything`, async (t) => {
    t.false((await ask(event, undefined)).refused);
  });

  test(`${what}: an alias that somebody else has made offers nothing`, async (t) => {
    for (const alias of ["live", "1", "__proto__", "constructor", "Operate", "operate "])
      t.true((await ask(event, alias)).refused, alias);
  });
}

test("an operator who may only look gets an answer, and raises no alarm", async (t) => {
  const world = worldOf();
  const { invocation, telemetry } = world.bridge();
  const answer = await dispatch(invocation, { action: "redrive", all: true }, arnOf("read"));
  t.like(answer, { ok: false, action: "redrive", error: { kind: "not-offered" } });
  t.regex((answer as { error: { message: string } }).error.message, /alias "read".*offered by operate/);
  t.deepEqual(
    telemetry.lines.map(({ level }) => level),
    ["warn"],
  );
});

test("a rule that asks for more than its kind may is a failed invocation, which raises one", async (t) => {
  const { invocation } = worldOf().bridge();
  await t.throwsAsync(dispatch(invocation, { action: "redrive", all: true }, arnOf("schedule")), {
    instanceOf: NotOffered,
    message: /alias "schedule".*find out which rule or role sent this event/,
  });
});

test("the alias is what the invoked ARN ends in", (t) => {
  const arn = "arn:aws:lambda:eu-west-1:123456789012:function:partner-files";
  t.is(aliasOf(arn), undefined);
  t.is(aliasOf(`${arn}:$LATEST`), undefined);
  t.is(aliasOf(`${arn}:schedule`), "schedule");
  t.is(aliasOf(`${arn}:7`), "7");
  t.is(aliasOf(undefined), undefined);
});
