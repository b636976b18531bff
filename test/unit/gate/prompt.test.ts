/** GuardDuty's events: a version is asked about at once, and nothing else ever follows from them. */
import test from "ava";
import type { SQSRecord } from "aws-lambda";
import type { Gate } from "../../../lambda/src/config/types.ts";
import { takeInMessages } from "../../../lambda/src/runs/take-in.ts";
import { deaths, type Effects, untilCrash } from "../../helpers/effects.ts";
import { place } from "../../helpers/memory-remote.ts";
import { pull, push, stream } from "../../helpers/streams.ts";
import { createWorld, untilLapsed, type World } from "../../helpers/world.ts";

const old = Date.UTC(2025, 11, 1) / 1000;
const byGuardDuty: Gate = { timeoutHours: 24 };
const byFunction: Gate = { functionArn: "arn:aws:lambda:eu-central-1:111111111111:function:scan", timeoutHours: 24 };
const clean = { GuardDutyMalwareScanStatus: "NO_THREATS_FOUND" };

interface Told {
  readonly bucketName: string;
  readonly objectKey: string;
  readonly versionId?: string | null | undefined;
}

/** As AWS documents it: docs.aws.amazon.com/guardduty/latest/ug/monitor-with-eventbridge-s3-malware-protection.html */
const eventOf = (object: Told, changes: Record<string, unknown> = {}) => ({
  version: "0",
  id: "72c7d362-737a-6dce-fc78-9e27a0171419",
  "detail-type": "GuardDuty Malware Protection Object Scan Result",
  source: "aws.guardduty",
  account: "111111111111",
  time: "2026-02-28T01:01:01Z",
  region: "eu-central-1",
  resources: ["arn:aws:guardduty:eu-central-1:111111111111:malware-protection-plan/b4c7f464ab3a4EXAMPLE"],
  detail: {
    schemaVersion: "1.0",
    scanStatus: "COMPLETED",
    resourceType: "S3_OBJECT",
    s3ObjectDetails: { eTag: "ASIAI44QH8DHBEXAMPLE", s3Throttled: false, ...object },
    scanResultDetails: { scanResultStatus: "NO_THREATS_FOUND", threats: null },
  },
  ...changes,
});

const send = (world: World, events: readonly unknown[], effects?: Effects) => {
  const bridge = world.bridge(effects);
  const records = events.map((event, at) => ({
    eventSource: "aws:sqs",
    messageId: `m${at}`,
    receiptHandle: `r${at}`,
    body: typeof event === "string" ? event : JSON.stringify(event),
  }));
  // The fields that are read; Lambda's type has more.
  return takeInMessages(bridge.invocation, records as unknown as SQSRecord[]).then((answer) => ({ answer, bridge }));
};

const itemsOf = (world: World) => structuredClone([...world.items]);
const entry = (world: World) => world.entries()[0];
const shows = (world: World) => world.content("bucket", "in/a/Datei ü+1.txt");

/** A pull whose file is held, and what GuardDuty would tell of it. Nothing looks again for hours by itself. */
const heldPull = async (gate = byGuardDuty) => {
  const world = createWorld(stream({ pull: { ...pull, gate } }));
  place(world.disk, "outbox/a/Datei ü+1.txt", "some content", old);
  const bridge = world.bridge();
  for (const one of world.config.streams.values()) await bridge.poll(one);
  await bridge.drainAll();
  const name =
    [...world.buckets.objects.keys()].find((key) => key.startsWith("config-bucket/staging/gate/acme/")) ?? "";
  const versionId = world.buckets.objects.get(name)?.at(-1)?.versionId;
  const object = { bucketName: "config-bucket", objectKey: name.slice("config-bucket/".length), versionId };
  setLookFarOff(world);
  return { world, object };
};

/** Far from its next look. */
const setLookFarOff = (world: World) => {
  const item = entry(world);
  if (item) Object.assign(item, { next_attempt: world.time.now + 4 * 3_600_000 });
};

const heldPush = async (gate = byGuardDuty) => {
  const world = createWorld(stream({ push: { ...push, gate } }));
  const put = world.put("bucket", "out/a b.txt", "some content");
  const { versionId } = put;
  await world.bridge().intake(put);
  await world.bridge().drainAll();
  setLookFarOff(world);
  return { world, object: { bucketName: "bucket", objectKey: "out/a b.txt", versionId } };
};

const countsOf = (bridge: Awaited<ReturnType<typeof send>>["bridge"]) =>
  bridge.telemetry.lines.find(({ message }) => message === "GuardDuty told of scans")?.fields;

test("a pull's verdict is acted upon when it is told of, by the tag alone", async (t) => {
  const { world, object } = await heldPull();
  t.is(shows(world), undefined);
  const early = await send(world, [eventOf(object)]);
  t.is(shows(world), undefined, "the event comes before the tag: what it says isn't believed");
  t.like(countsOf(early.bridge), { prompted: 1 });
  setLookFarOff(world);
  world.gates.tags.set(object.versionId, clean);
  const { answer } = await send(world, [eventOf(object), eventOf(object)]);
  t.deepEqual(answer, { batchItemFailures: [] });
  t.is(shows(world), "some content");
  t.is(entry(world)?.["state"], "delivered");
  const late = await send(world, [eventOf(object)]);
  t.like(countsOf(late.bridge), { "not-held": 1 });
});

test("a push's verdict is acted upon when it is told of, by the tag alone", async (t) => {
  const { world, object } = await heldPush();
  world.gates.tags.set(object.versionId, clean);
  await send(world, [eventOf(object)]);
  t.is(world.disk.files.get("inbox/a b.txt")?.bytes.toString(), "some content");
  const late = await send(world, [eventOf(object)]);
  t.like(countsOf(late.bridge), { "not-held": 1 });
});

test("a rejection is acted upon at once as well, whatever the event says", async (t) => {
  const { world, object } = await heldPull();
  world.gates.tags.set(object.versionId, { GuardDutyMalwareScanStatus: "THREATS_FOUND" });
  await send(world, [eventOf(object)]);
  t.is(entry(world)?.["state"], "failed");
  t.is(shows(world), undefined);
});

const other = (key: string) => key.replace(/[^/]+$/, Buffer.from("outbox/another").toString("base64url"));
const nonce = (key: string) => key.replace(/acme\/[^/]+/, "acme/forged");

for (const [title, heard, change] of [
  ["of another version", "other-version", (o: Told) => eventOf({ ...o, versionId: "another" })],
  ["of another object of that file", "other-version", (o: Told) => eventOf({ ...o, objectKey: nonce(o.objectKey) })],
  [
    "of that, without a version",
    "other-version",
    (o: Told) => eventOf({ bucketName: o.bucketName, objectKey: nonce(o.objectKey) }),
  ],
  ["of a file that nobody knows", "not-held", (o: Told) => eventOf({ ...o, objectKey: other(o.objectKey) })],
  ["of a key that says nothing", "not-gated", (o: Told) => eventOf({ ...o, objectKey: "staging/gate/acme/n" })],
  ["of a path that isn't one", "not-gated", (o: Told) => eventOf({ ...o, objectKey: "staging/gate/acme/n/%%%" })],
  ["of another stream", "not-gated", (o: Told) => eventOf({ ...o, objectKey: o.objectKey.replace("acme", "nobody") })],
  ["of another prefix", "not-gated", (o: Told) => eventOf({ ...o, objectKey: `x${o.objectKey}` })],
  ["of another bucket", "not-gated", (o: Told) => eventOf({ ...o, bucketName: "bucket" })],
  ["from another account", "foreign", (o: Told) => eventOf(o, { account: "222222222222" })],
  ["without an account", "malformed", (o: Told) => eventOf(o, { account: undefined })],
  ["of another kind", "malformed", (o: Told) => eventOf(o, { "detail-type": "GuardDuty Finding" })],
  ["without a detail", "malformed", (o: Told) => eventOf(o, { detail: undefined })],
  ["with an object for a key", "malformed", (o: Told) => eventOf({ ...o, objectKey: { toString: "x" } as never })],
] as const)
  test(`an event ${title} changes nothing, is counted, and is no dead letter`, async (t) => {
    const { world, object } = await heldPull();
    // Whoever asked now would let it pass.
    world.gates.tags.set(object.versionId, clean);
    const before = itemsOf(world);
    const { answer, bridge } = await send(world, [change(object)]);
    t.deepEqual(answer, { batchItemFailures: [] });
    t.deepEqual(countsOf(bridge), { [heard]: 1 });
    t.deepEqual(itemsOf(world), before);
    t.is(shows(world), undefined);
  });

test("files of a push that aren't held, or by another gate, or of another version, are left alone", async (t) => {
  const { world, object } = await heldPush();
  world.gates.tags.set(object.versionId, clean);
  const before = itemsOf(world);
  const { bridge } = await send(world, [
    eventOf({ ...object, versionId: "another" }),
    eventOf({ ...object, objectKey: "out/another.txt" }),
    eventOf({ ...object, objectKey: "elsewhere/a b.txt" }),
    eventOf({ ...object, bucketName: "others" }),
  ]);
  t.deepEqual(countsOf(bridge), { "other-version": 1, "not-held": 1, "not-gated": 2 });
  t.deepEqual(itemsOf(world), before);

  const byAnother = await heldPush(byFunction);
  const known = itemsOf(byAnother.world);
  await send(byAnother.world, [eventOf(byAnother.object)]);
  t.deepEqual(itemsOf(byAnother.world), known);
});

test("an event doesn't take a file from the run that is at it, nor wake what has passed", async (t) => {
  const { world, object } = await heldPull();
  const item = entry(world);
  const gate = item?.["gate"] as unknown as Record<string, unknown>;
  for (const changes of [
    { state: "active" },
    { gate: { ...gate, passed: 1 } },
    { gate: { ...gate, rejected: "a macro" } },
  ]) {
    const kept = structuredClone(item);
    Object.assign(item ?? {}, changes);
    const before = itemsOf(world);
    await send(world, [eventOf(object)]);
    t.deepEqual(itemsOf(world), before);
    Object.assign(item ?? {}, kept);
  }
});

test("other messages beside GuardDuty's are taken in as ever, and a table that fails loses no more than the hint", async (t) => {
  const { world, object } = await heldPush();
  world.gates.tags.set(object.versionId, clean);
  const put = { bucket: { name: "bucket" }, object: { key: "out/new.txt", size: 1, sequencer: "01" } };
  world.put("bucket", "out/new.txt", "x");
  const failing: Effects = async (name, effect) => {
    if (name === "table.get") throw new Error("the table is busy");
    return effect();
  };
  const { answer, bridge } = await send(
    world,
    [eventOf(object), "no JSON", { source: "aws.s3", "detail-type": "Object Created", detail: put }],
    failing,
  );
  t.deepEqual(answer, { batchItemFailures: [{ itemIdentifier: "m1" }] });
  t.true(
    bridge.telemetry.lines.some(({ message }) => message.startsWith("Events of GuardDuty couldn't be acted upon")),
  );
  t.is(world.entries().length, 2);
});

test("a crash at any effect behind an event ends with the file where it belongs, once", async (t) => {
  for (const effects of deaths()) {
    const { world, object } = await heldPull();
    world.gates.tags.set(object.versionId, clean);
    await untilCrash(() => send(world, [eventOf(object)], effects));
    for (let turn = 0; turn < 2 && entry(world)?.["state"] !== "delivered"; turn++) {
      world.time.now += untilLapsed;
      await send(world, [eventOf(object)]);
      await world.bridge().drainAll();
    }
    t.is(shows(world), "some content", effects.where());
    t.is(entry(world)?.["state"], "delivered", effects.where());
  }
});
