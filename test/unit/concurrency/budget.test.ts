import { setImmediate as turn } from "node:timers/promises";
import test from "ava";
import { createBudget } from "../../../lambda/src/concurrency/budget.ts";

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

const large = 64 * 1024 * 1024;

test("hundreds of little files leave a large one nearly all of it", (t) => {
  const budget = createBudget(12);
  for (let i = 0; i < 500; i++) budget.enter(8 * 1024);
  budget.enter(large);
  t.true(budget.share > 6, `${budget.share}`);
});

test("what is taken is taken from the whole as well, and what one gives back another gets", async (t) => {
  const whole = createBudget(10);
  const [one, other] = [createBudget(8, whole), createBudget(8, whole)];
  t.is(one.take(8), undefined);
  t.false(other.tryTake(3));
  const waiting = other.take(3);
  const behind = other.take(5);
  t.truthy(waiting, "the other one is free, but not the whole");
  one.give(2);
  await waiting;
  t.is(whole.taken, 9);
  one.give(4);
  await behind;
  t.is(whole.taken, 10);
  other.give(8);
  one.give(2);
  t.is(whole.taken, 0);
});

test("streams of all parts share the whole", (t) => {
  const whole = createBudget(12);
  const [one, other] = [createBudget(12, whole), createBudget(5, whole)];
  const leave = one.enter(large);
  other.enter(large);
  t.is(one.share, 6);
  t.is(other.share, 5);
  leave();
  t.is(one.share, 12);
});

test("who no longer waits leaves what others give back alone", async (t) => {
  const whole = createBudget(10);
  const [one, other] = [createBudget(10, whole), createBudget(10, whole)];
  one.force(10);
  const waiting = other.take(4);
  other.fail(new Error("lost"));
  await t.throwsAsync(async () => waiting, { message: "lost" });
  one.give(10);
  t.is(whole.taken, 0);
});

test("the streams share it evenly", (t) => {
  const budget = createBudget(12);
  t.is(budget.share, 12);
  const leave = budget.enter(large);
  budget.enter(large);
  budget.enter(Number.POSITIVE_INFINITY);
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
