import test from "ava";
import { createBudget } from "../../../lambda/src/concurrency/budget.ts";
import { makeRoom, partBuffers } from "../../../lambda/src/pull/part-buffers.ts";

test("a part's memory is lent to the next one, of whatever file", (t) => {
  const budget = createBudget(64);
  const first = partBuffers(budget, 8);
  const buffer = first.take();
  first.putBack(buffer);
  t.is(partBuffers(budget, 8).take(), buffer);
  t.not(first.take(), buffer, "and to one at a time");
});

test("files that share a budget never hold more memory than it has, in use and spare together", async (t) => {
  const budget = createBudget(32);
  const made = new Set<Buffer>();
  const file = async () => {
    const buffers = partBuffers(budget, 8);
    for (let part = 0; part < 20; part++) {
      await budget.take(8);
      const buffer = buffers.take();
      made.add(buffer);
      await new Promise(setImmediate);
      buffers.putBack(buffer);
      budget.give(8);
    }
  };
  await Promise.all(Array.from({ length: 50 }, file));
  t.true(made.size <= 4, `${made.size} buffers of 8 under a budget of 32`);
});

test("a part that is larger than the budget is given back, not kept", (t) => {
  const budget = createBudget(64 * 1024);
  const large = partBuffers(budget, 128 * 1024);
  const buffer = large.take();
  large.putBack(buffer);
  t.is(buffer.byteLength, 0, "its memory is gone");
  const usual = partBuffers(budget, 8);
  const small = usual.take();
  usual.putBack(small);
  t.is(usual.take(), small, "and the pool is as it was");
});

test("memory of another size, or of the last and shorter part, isn't kept", (t) => {
  const budget = createBudget(64);
  const usual = partBuffers(budget, 8);
  const large = partBuffers(budget, 16);
  const whole = usual.take();
  usual.putBack(whole.subarray(0, 3));
  t.is(usual.take().byteLength, 8);
  usual.putBack(whole);
  large.putBack(large.take());
  t.is(large.take().byteLength, 16);
  t.is(usual.take(), whole);
});

test("what is taken of the budget for other memory isn't beside as many spare buffers", async (t) => {
  const budget = createBudget(4 * 32 * 1024);
  const size = 32 * 1024;
  const parts = partBuffers(budget, size);
  const buffers = Array.from({ length: 4 }, parts.take);
  for (const buffer of buffers) parts.putBack(buffer);
  makeRoom(budget);
  t.is(buffers.filter(({ byteLength }) => byteLength === 0).length, 0, "nothing is taken");
  await budget.take(size + 1);
  makeRoom(budget);
  t.is(
    buffers.filter(({ byteLength }) => byteLength === 0).length,
    1,
    "two spare ones fit beside it, and one more is kept",
  );
  await budget.take(2 * size);
  makeRoom(budget);
  t.is(buffers.filter(({ byteLength }) => byteLength === 0).length, 3);
  t.true(buffers.includes(parts.take()));
});
