import test from "ava";
import { acquireLease, LeaseLost, type LeaseOptions, leaseTtl } from "../../../lambda/src/journal/lease.ts";
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
  return { items, actor, time: { now: 1_000_000 } };
};

test("one slot has one holder; who comes later rings and leaves", async (t) => {
  const { actor, time } = shared();
  const lease = await acquireLease(actor(time), partner, 1);
  t.truthy(lease);
  t.is(await acquireLease(actor(time), partner, 1), undefined);
  await lease?.look();
  t.is(lease?.rings, 1);
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
  t.is(lease?.rings, 1);
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
  await t.throwsAsync(async () => dead?.look(), { instanceOf: LeaseLost });
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
  await t.notThrowsAsync(async () => lease?.look());
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
