import test from "ava";
import {
  acquireLease,
  LeaseLost,
  type LeaseOptions,
  leaseTtl,
  liveHolders,
} from "../../../lambda/src/journal/lease.ts";
import type { Item } from "../../../lambda/src/journal/table.ts";
import type { Effects } from "../../helpers/effects.ts";
import { type Items, memoryTable } from "../../helpers/memory-table.ts";

const partner = "us@partner:22";

const shared = () => {
  const items: Items = new Map();
  let nonces = 0;
  /** An actor with clocks of its own; `skew` milliseconds. */
  const actor = (time: { now: number }, skew = 0, effects?: Effects): LeaseOptions => ({
    table: memoryTable(items, effects),
    clock: { wall: () => time.now + skew, steady: () => time.now },
    nonce: () => `n${++nonces}`,
    sightings: new Map(),
  });
  /** One that has asked the table for something, and so knows its time. */
  const timed = async (time: { now: number }, skew = 0): Promise<LeaseOptions> => {
    const plain = actor(time, skew);
    const table = memoryTable(items, undefined, { now: () => time.now, clock: plain.clock });
    for (let answers = 0; answers < 3; answers++) await table.get({ pk: "anything", sk: "at all" });
    return { ...plain, table };
  };
  return { items, actor, timed, time: { now: 1_000_000 } };
};

test("one slot has one holder; who comes later rings and leaves", async (t) => {
  const { actor, time } = shared();
  const lease = await acquireLease(actor(time), partner, 1);
  t.truthy(lease);
  t.is(await acquireLease(actor(time), partner, 1), undefined);
  await lease?.refresh();
  t.is(lease?.wakeUps, 1);
});

test("a holder gives its lease up only when nothing has rung since it looked", async (t) => {
  const { actor, time } = shared();
  const lease = await acquireLease(actor(time), partner, 1);
  await acquireLease(actor(time), partner, 1);
  t.false(await lease?.release(0));
  t.true(await lease?.release(1));
  t.truthy(await acquireLease(actor(time), partner, 1));
});

test("a ring isn't lost by a renewal", async (t) => {
  const { actor, time } = shared();
  const lease = await acquireLease(actor(time), partner, 1);
  await acquireLease(actor(time), partner, 1);
  await lease?.renew();
  t.is(lease?.wakeUps, 1);
});

test("as many holders as there are slots", async (t) => {
  const { actor, time } = shared();
  const leases = await Promise.all(Array.from({ length: 10 }, () => acquireLease(actor(time), partner, 3)));
  t.is(leases.filter(Boolean).length, 3);
});

test("a silent holder's lease is taken over by who has seen it unchanged for its whole life, and the old holder notices", async (t) => {
  const { actor, time } = shared();
  const dead = await acquireLease(actor(time), partner, 1);
  const waiting = actor(time);
  t.is(await acquireLease(waiting, partner, 1), undefined);
  time.now += leaseTtl - 1;
  t.is(await acquireLease(waiting, partner, 1), undefined);
  time.now += 1;
  t.truthy(await acquireLease(waiting, partner, 1));
  await t.throwsAsync(async () => dead?.renew(), { instanceOf: LeaseLost });
  await t.throwsAsync(async () => dead?.refresh(), { instanceOf: LeaseLost });
  t.true(await dead?.release(0), "it has nothing to give up");
  t.is(await acquireLease(actor(time), partner, 1), undefined, "and hasn't given up the other's");
});

test("a holder that renews isn't taken over, however far the clocks are apart", async (t) => {
  for (const skew of [-240_000, 240_000]) {
    const { actor, time } = shared();
    const lease = await acquireLease(actor(time, skew), partner, 1);
    const waiting = actor(time);
    for (let turn = 0; turn < 20; turn++) {
      time.now += 15_000;
      await lease?.renew();
      t.is(await acquireLease(waiting, partner, 1), undefined);
    }
  }
});

test("a lease that ended long ago is taken at once", async (t) => {
  const { actor, time } = shared();
  await acquireLease(actor(time), partner, 1);
  time.now += leaseTtl + 300_001;
  t.truthy(await acquireLease(actor(time), partner, 1));
});

test("the holder counts from the moment its request was sent, by the faster clock", async (t) => {
  const { items, time } = shared();
  const clock = { wall: time.now, steady: 0 };
  let nonces = 0;
  const slow = memoryTable(items, async (_name, effect) => {
    const result = await effect();
    clock.steady += 5_000; // the answer takes five seconds
    return result;
  });
  const lease = await acquireLease(
    {
      table: slow,
      clock: { wall: () => clock.wall, steady: () => clock.steady },
      nonce: () => `x${++nonces}`,
      sightings: new Map(),
    },
    partner,
    1,
  );
  t.is(lease?.remaining(), leaseTtl - 5_000);
  clock.wall += 30_000;
  t.is(lease?.remaining(), leaseTtl - 30_000);
});

test("no lease where the table doesn't answer", async (t) => {
  const { actor, time } = shared();
  const broken = actor(time, 0, async () => Promise.reject(new Error("the table is gone")));
  await t.throwsAsync(acquireLease(broken, partner, 1), { message: "the table is gone" });
});

test("a damaged lease item isn't trusted, and doesn't block for ever", async (t) => {
  const { items, actor, time } = shared();
  const key = { pk: `lease#${partner}`, sk: "slot#0" };
  items.set(`${key.pk}\n${key.sk}`, { ...key, rev: "?", holder: 7 });
  const waiting = actor(time);
  t.is(await acquireLease(waiting, partner, 1), undefined);
  time.now += leaseTtl;
  t.truthy(await acquireLease(waiting, partner, 1));
});

test("a ring that only a renewal has heard isn't given up with the lease", async (t) => {
  const { actor, time } = shared();
  const lease = await acquireLease(actor(time), partner, 1);
  await acquireLease(actor(time), partner, 1);
  await lease?.renew();
  t.false(await lease?.release(0), "nobody has looked into the ring");
  t.true(await lease?.release(1));
});

test("a renewal whose answer was lost doesn't cost the lease", async (t) => {
  const { items, actor, time } = shared();
  const lost = { next: false };
  const lease = await acquireLease(
    actor(time, 0, async (_name, effect) => {
      const result = await effect();
      if (!lost.next) return result;
      lost.next = false;
      throw new Error("no answer");
    }),
    partner,
    1,
  );
  const before = [...items.values()][0]?.rev;
  lost.next = true;
  await t.throwsAsync(async () => lease?.renew(), { message: "no answer" });
  t.not([...items.values()][0]?.rev, before, "the write took effect");
  await t.notThrowsAsync(async () => lease?.renew());
  lost.next = true;
  await t.throwsAsync(async () => lease?.renew(), { message: "no answer" });
  await t.notThrowsAsync(async () => lease?.refresh());
  lost.next = true;
  await t.throwsAsync(async () => lease?.renew(), { message: "no answer" });
  t.true(await lease?.release(0));
  t.is(items.size, 0, "given up, not left behind");
});

for (const damaged of [{}, { rev: 5 }, { rev: "?", holder: "x", until: "soon", rings: "many" }]) {
  test(`a damaged lease item of the form ${JSON.stringify(damaged)} is taken over after the life of a lease`, async (t) => {
    const { items, actor, time } = shared();
    const key = { pk: `lease#${partner}`, sk: "slot#0" };
    items.set(`${key.pk}\n${key.sk}`, { ...key, ...damaged } as unknown as Item);
    const waiting = actor(time);
    t.is(await acquireLease(waiting, partner, 1), undefined);
    time.now += leaseTtl;
    t.truthy(await acquireLease(waiting, partner, 1));
  });
}

/** A lease's life, the allowance for the table's own clocks, and whole seconds. */
const aMinute = leaseTtl + 10_000;

for (const skew of [-240_000, 0, 240_000])
  test(`a dead holder's lease is taken over after a minute by whoever comes then, with clocks ${skew / 1000} s apart`, async (t) => {
    const { timed, time } = shared();
    await acquireLease(await timed(time, skew), partner, 1);
    time.now += leaseTtl;
    t.is(await acquireLease(await timed(time), partner, 1), undefined, "not before its end");
    time.now += aMinute - leaseTtl;
    t.truthy(await acquireLease(await timed(time), partner, 1));
  });

test("a dead holder's other slot is free after a minute as well, although nobody needs it", async (t) => {
  const { timed, time } = shared();
  const first = await acquireLease(await timed(time), partner, 2);
  const second = await acquireLease(await timed(time), partner, 2);
  time.now += aMinute / 2;
  await first?.renew();
  time.now += aMinute / 2;
  t.deepEqual([...(await liveHolders(await timed(time), partner))], [first?.holder]);
  await t.throwsAsync(async () => second?.renew(), { instanceOf: LeaseLost });
});

test("a holder that renews isn't taken over by the table's clock either, whatever its own clocks do", async (t) => {
  const { timed, time } = shared();
  const clock = { wall: time.now, steady: 0 };
  const options = await timed(time);
  const lease = await acquireLease(
    { ...options, clock: { wall: () => clock.wall, steady: () => clock.steady } },
    partner,
    1,
  );
  for (let turn = 0; turn < 20; turn++) {
    time.now += 44_000;
    clock.wall += 44_000 + (turn % 2 === 0 ? -200_000 : 200_000);
    clock.steady += 44_000;
    t.is(await acquireLease(await timed(time), partner, 1), undefined);
    await lease?.renew();
  }
});

test("an end by the table's clock that doesn't fit the other one isn't believed", async (t) => {
  const { items, timed, time } = shared();
  await acquireLease(await timed(time), partner, 1);
  for (const [id, item] of items) items.set(id, { ...item, ends: 0 });
  time.now += aMinute;
  t.is(await acquireLease(await timed(time), partner, 1), undefined);
});
