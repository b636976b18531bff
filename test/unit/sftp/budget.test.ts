import { setImmediate as turn } from "node:timers/promises";
import test from "ava";
import { createBudget } from "../../../lambda/src/sftp/budget.ts";

test("what is there is given at once, and what isn't has to wait for it", async (t) => {
  const budget = createBudget(10);
  t.is(budget.take(6), undefined);
  const order: string[] = [];
  const second = budget.take(6)?.then(() => order.push("second"));
  const third = budget.take(1)?.then(() => order.push("third"));
  await turn();
  t.deepEqual(order, [], "the third would fit, but may not overtake");
  t.false(budget.tryTake(1));
  budget.give(6);
  await Promise.all([second, third]);
  t.deepEqual(order, ["second", "third"]);
  t.is(budget.taken, 7);
});

test("more than the whole is given once all else is back", async (t) => {
  const budget = createBudget(10);
  budget.force(1);
  const all = budget.take(25);
  budget.give(1);
  await all;
  t.is(budget.taken, 25);
});

test("whoever has nothing in flight may overdraw it", (t) => {
  const budget = createBudget(10);
  budget.force(10);
  budget.force(3);
  t.is(budget.taken, 13);
  budget.give(3);
  t.false(budget.tryTake(1));
});

test("the streams share it evenly", (t) => {
  const budget = createBudget(12);
  t.is(budget.share, 12);
  const leave = budget.enter();
  budget.enter();
  budget.enter();
  t.is(budget.share, 4);
  leave();
  t.is(budget.share, 6);
});

test("its end rejects those who wait and those who come later", async (t) => {
  const budget = createBudget(1);
  budget.force(1);
  const waiting = budget.take(1);
  budget.fail(new Error("over"));
  await t.throwsAsync(async () => await waiting, { message: "over" });
  await t.throwsAsync(async () => await budget.take(1), { message: "over" });
  t.false(budget.tryTake(1));
});
