import test from "ava";
import { eventOf } from "../../../lambda/src/events/event.ts";
import type { Entry } from "../../../lambda/src/journal/entry.ts";
import { schemaFaults } from "../../helpers/event-schema.ts";

const entry = (changes: Partial<Entry>): Entry => ({
  pk: "push#acme#bucket/out",
  sk: "file.txt",
  rev: "r2",
  kind: "entry",
  direction: "push",
  stream: "acme",
  partner: "us@partner:22",
  path: "file.txt",
  source_location: "bucket/out/file.txt",
  state: "failed",
  source: { time: 1 },
  known_at: "2026-01-01T00:00:00.000Z",
  next_attempt: 0,
  attempts: 3,
  deliveries: [],
  event_due: "2026-01-02T03:04:05.678Z#failed#r1",
  ...changes,
});

test("an event has the revision and the time of the write that ended the file", (t) => {
  const event = eventOf(entry({}));
  t.is(event?.detailType, "Push Failed");
  t.is(event?.time, Date.UTC(2026, 0, 2, 3, 4, 5, 678));
  t.is((event?.detail as { revision?: string } | undefined)?.revision, "r1");
});

test("an event is far below 256 KB, whatever names and errors there are, and says where it was cut", (t) => {
  const worst = "\u0001".repeat(1_000);
  const event = eventOf(
    entry({
      path: worst,
      source_location: `${worst}${worst}`,
      last_error: { kind: "failure", message: "\u0001é".repeat(100_000), at: "now" },
    }),
  );
  const { error } = (event?.detail ?? {}) as { error: { message: string } };
  t.is(error.message.length, 2_000);
  t.true(error.message.endsWith(" … [cut]"));
  t.true(Buffer.byteLength(JSON.stringify(event)) < 64 * 1024);
  t.deepEqual(schemaFaults({ source: "a.bridge", "detail-type": event?.detailType, detail: event?.detail }), []);
});

test("a note that is none of ours tells nothing", (t) => {
  for (const event_due of [
    undefined,
    "",
    "soon#failed#r",
    "2026-01-02T03:04:05.678Z#lost#r",
    "2026-01-02T03:04:05.678Z#failed",
  ])
    t.is(eventOf(entry({ event_due })), undefined, event_due);
});

test("the schema refuses what isn't in it, and what lacks", (t) => {
  t.deepEqual(
    schemaFaults({ source: "a.bridge", "detail-type": "Push Lost", detail: { stream: "acme", more: 1 } }).slice(0, 2),
    ["event.detail-type is Push Lost", "event.detail.partner is missing"],
  );
});
