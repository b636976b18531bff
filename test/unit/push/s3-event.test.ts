import test from "ava";
import { createdObjects, createdObjectsOf, MalformedEvent } from "../../../lambda/src/push/s3-event.ts";

const now = Date.UTC(2026, 0, 1, 0, 0, 10);

const bridgeEvent = (object: Record<string, unknown>, type = "Object Created") => ({
  version: "0",
  "detail-type": type,
  source: "aws.s3",
  time: "2026-01-01T00:00:05Z",
  detail: { bucket: { name: "b" }, object, reason: "PutObject" },
});

const notification = (key: string, eventName = "ObjectCreated:Put") => ({
  Records: [
    {
      eventSource: "aws:s3",
      eventName,
      eventTime: "2026-01-01T00:00:05.250Z",
      s3: { bucket: { name: "b" }, object: { key, size: 3, sequencer: "0A1B", versionId: "v1" } },
    },
  ],
});

test("an EventBridge event's key is taken as it is", (t) => {
  const [object] = createdObjects(
    bridgeEvent({ key: "a+b %41/ü", size: 1, sequencer: "00ab", "version-id": "v" }),
    now,
  );
  t.is(object?.key, "a+b %41/ü");
  t.is(object?.versionId, "v");
  t.is(object?.time, Date.UTC(2026, 0, 1, 0, 0, 5));
});

test("a notification's key is decoded", (t) => {
  t.is(createdObjects(notification("a+b%2Bc/%C3%BC+%25"), now)[0]?.key, "a b+c/ü %");
});

test("a notification in an SNS envelope is a notification", (t) => {
  const envelope = { Type: "Notification", Message: JSON.stringify(notification("k")) };
  t.is(createdObjectsOf(JSON.stringify(envelope), now)[0]?.key, "k");
});

test("sequencers of different lengths compare as S3 says: the shorter one is filled up with zeros", (t) => {
  const of = (sequencer: string) => createdObjects(bridgeEvent({ key: "k", sequencer }), now)[0]?.sequencer ?? "";
  t.true(of("00AB") < of("00AB01"));
  t.is(of("00ab"), of("00AB00"));
});

test("an empty or null version is none", (t) => {
  for (const version of ["", "null"]) {
    t.is(createdObjects(bridgeEvent({ key: "k", "version-id": version }), now)[0]?.versionId, undefined);
  }
});

test("events of other kinds, and S3's test event, tell of no object", (t) => {
  t.deepEqual(createdObjects(bridgeEvent({ key: "k" }, "Object Deleted"), now), []);
  t.deepEqual(createdObjects(notification("k", "ObjectRemoved:Delete"), now), []);
  t.deepEqual(createdObjects({ Service: "Amazon S3", Event: "s3:TestEvent", Bucket: "b" }, now), []);
});

test("anything else is refused with what it is and what may come", (t) => {
  for (const body of ["not json", '{"hello":1}', "[]", "null", '"text"', '{"Records":[{"eventSource":"aws:sns"}]}']) {
    const error = t.throws(() => createdObjectsOf(body, now), { instanceOf: MalformedEvent });
    t.regex(error.message, /isn't JSON|Only S3 may send/);
  }
  t.throws(() => createdObjects(notification("%ZZ"), now), { instanceOf: MalformedEvent, message: /URL-encoded/ });
});

test("what no event of S3 has is refused, in both forms: it stays in the queue, where an alarm tells of it", (t) => {
  const wrong: Readonly<Record<string, unknown>>[] = [
    ...["Z".repeat(64), "", " 00AB", "00AB\n", "0x00AB", "00-AB", "0".repeat(65), "٠٠", 12, null].map((sequencer) => ({
      sequencer,
    })),
    ...[-1, 1.5, "3", null].map((size) => ({ size })),
  ];
  for (const lie of wrong) {
    t.throws(
      () => createdObjects(bridgeEvent({ key: "k", ...lie }), now),
      { instanceOf: MalformedEvent },
      JSON.stringify(lie),
    );
    const record = notification("k").Records[0];
    const object = { ...record?.s3.object, ...lie };
    const body = { Records: [{ ...record, s3: { ...record?.s3, object } }] };
    t.throws(() => createdObjects(body, now), { instanceOf: MalformedEvent }, JSON.stringify(lie));
  }
});

test("an event of the future is one of now", (t) => {
  const event = { ...bridgeEvent({ key: "k" }), time: "2999-01-01T00:00:00Z" };
  t.is(createdObjects(event, now)[0]?.time, now);
  t.is(createdObjects({ ...event, time: "2025-12-31T00:00:00Z" }, now)[0]?.time, now - 86_410_000);
});

test("what is nested deeper than it can be shown isn't an event either, and says so plainly", (t) => {
  for (const text of ["[".repeat(100_000) + "]".repeat(100_000), `${'{"a":'.repeat(40_000)}1${"}".repeat(40_000)}`])
    t.throws(() => createdObjectsOf(text, 0), { instanceOf: MalformedEvent, message: /nested too deeply/ });
});
