/** A session whose renewals get no answer. */
import test from "ava";
import { createDeadline } from "../../../lambda/src/drain/deadline.ts";
import { holdSession } from "../../../lambda/src/drain/session.ts";
import { acquireLease, cutAfter, renewEvery, renewWithin } from "../../../lambda/src/journal/lease.ts";
import type { Table } from "../../../lambda/src/journal/table.ts";
import { type Items, memoryTable } from "../../helpers/memory-table.ts";
import { memoryTelemetry } from "../../helpers/streams.ts";

/** Everything that waits for a promise that is settled gets its turn. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

const held = async () => {
  const items: Items = new Map();
  const time = { now: 1_000_000 };
  const inner = memoryTable(items);
  /** Answers that don't come until the test gives them. */
  const late: (() => void)[] = [];
  const state = { puts: 0, hangs: 0 };
  const table: Table = {
    ...inner,
    async put(item, expect) {
      state.puts++;
      // Written, or not: what is lost is its answer.
      const outcome = await inner.put(item, expect);
      if (state.hangs-- > 0) await new Promise<void>((resolve) => late.push(resolve));
      return outcome;
    },
  };
  let nonces = 0;
  const clock = { wall: () => time.now, steady: () => time.now };
  const lease = await acquireLease({ table, clock, nonce: () => `n${++nonces}`, sightings: new Map() }, "partner", 1);
  if (!lease) throw new Error("no lease");
  const telemetry = memoryTelemetry();
  let check = () => {};
  const session = holdSession(
    lease,
    createDeadline(() => 900_000),
    {
      telemetry,
      clock,
      every: (_milliseconds, act) => {
        check = act;
        return () => {};
      },
    },
  );
  /** Time goes by, half a second at a time. */
  const pass = async (milliseconds: number) => {
    for (const end = time.now + milliseconds; time.now < end; ) {
      time.now += 500;
      check();
      await settle();
    }
  };
  return { lease, session, pass, state, late };
};

test("a renewal without an answer keeps none of the later ones waiting", async (t) => {
  const { session, lease, pass, state } = await held();
  state.hangs = 1;
  await pass(renewEvery + renewWithin);
  t.false(session.signal.aborted);
  await pass(cutAfter);
  t.false(session.signal.aborted, "the lease lives on by the later renewals");
  t.true(lease.remaining() > 40_000);
});

test("what a renewal that was left to itself answers later changes nothing", async (t) => {
  const { session, lease, pass, state, late } = await held();
  state.hangs = 1;
  await pass(renewEvery + renewWithin + 1_000);
  const before = lease.remaining();
  for (const answer of late) answer();
  await settle();
  t.is(lease.remaining(), before);
  await session.refresh();
  t.false(session.signal.aborted);
});

test("a renewal without an answer doesn't keep the session from its end", async (t) => {
  const { session, lease, pass, state } = await held();
  state.hangs = 1;
  await pass(renewEvery);
  const ended = session.end().then(() => "ended");
  t.is(
    await Promise.race([
      ended,
      settle()
        .then(settle)
        .then(() => "waits"),
    ]),
    "ended",
  );
  t.true(await lease.release(0));
});

test("where no renewal gets an answer, the connection is cut in time", async (t) => {
  const { session, pass, state } = await held();
  state.hangs = 100;
  await pass(cutAfter - 500);
  t.false(session.signal.aborted);
  await pass(1_000);
  t.true(session.signal.aborted);
  t.true(state.puts >= 4, "the lease, and three renewals");
});
