import { setImmediate as turn } from "node:timers/promises";
import test from "ava";
import { createLimiter } from "../../../lambda/src/concurrency/limiter.ts";

/** Work that ends when it is told to. */
const work = () => {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const state = { begun: false };
  return {
    run: () => {
      state.begun = true;
      return promise;
    },
    state,
    end: resolve,
    fail: reject,
  };
};

test("so many pieces at one time, in the order in which they came", async (t) => {
  const limiter = createLimiter(2);
  const all = [work(), work(), work(), work()];
  const adding = all.map(({ run }) => limiter.add(run));
  await turn();
  t.deepEqual(
    all.map(({ state }) => state.begun),
    [true, true, false, false],
  );
  t.is(limiter.running, 2);
  all[1]?.end();
  await turn();
  t.deepEqual(
    all.map(({ state }) => state.begun),
    [true, true, true, false],
  );
  for (const { end } of all) end();
  await Promise.all(adding);
  await limiter.all();
  t.is(limiter.running, 0);
});

test("so much weight at one time; a piece that is heavier than all of it goes alone", async (t) => {
  const limiter = createLimiter(10, 5);
  const [heavy, light] = [work(), work()];
  await limiter.add(heavy.run, { weight: 8 });
  const adding = limiter.add(light.run, { weight: 1 });
  await turn();
  t.false(light.state.begun);
  heavy.end();
  await adding;
  t.true(light.state.begun);
  light.end();
  await limiter.all();
});

test("a kind of work may allow fewer pieces", async (t) => {
  const limiter = createLimiter(10);
  const [one, other] = [work(), work()];
  await limiter.add(one.run, { max: 1 });
  const adding = limiter.add(other.run, { max: 1 });
  await turn();
  t.false(other.state.begun);
  one.end();
  await adding;
  other.end();
  await limiter.idle();
  t.true(other.state.begun);
});

test("what one piece throws is thrown to who adds the next, and to who waits for all; the others still end", async (t) => {
  const limiter = createLimiter(2);
  const [bad, good] = [work(), work()];
  const { done } = await limiter.add(bad.run);
  await limiter.add(good.run);
  const next = limiter.add(async () => t.fail("it must not begin"));
  bad.fail(new Error("broken"));
  await t.throwsAsync(done, { message: "broken" });
  await t.throwsAsync(next, { message: "broken" });
  t.true(limiter.failed);
  const waiting = t.throwsAsync(limiter.all(), { message: "broken" });
  good.end();
  await waiting;
  await t.notThrowsAsync(limiter.idle());
});

test("the end of a piece may be left alone, also of one that throws", async (t) => {
  const limiter = createLimiter(1);
  await limiter.add(() => Promise.reject(new Error("broken")));
  await limiter.idle();
  await turn();
  await t.throwsAsync(limiter.all(), { message: "broken" });
});

test("room is there as soon as one more would begin", async (t) => {
  const limiter = createLimiter(1);
  const one = work();
  await limiter.add(one.run);
  let isThere = false;
  const room = limiter.room().then(() => {
    isThere = true;
  });
  await turn();
  t.false(isThere);
  one.end();
  await room;
  t.true(isThere);
});
