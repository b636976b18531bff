import test from "ava";
import { sideBySide } from "../../../lambda/src/concurrency/for-each.ts";

const later = () => new Promise<void>(setImmediate);

test("jobs begin in their order, as many at one time as may, the next as soon as one ends", async (t) => {
  const begun: number[] = [];
  const ends = new Map<number, () => void>();
  const all = sideBySide(
    3,
    [0, 1, 2, 3, 4],
    (job) =>
      new Promise((resolve) => {
        begun.push(job);
        ends.set(job, resolve);
      }),
  );
  await later();
  t.deepEqual(begun, [0, 1, 2]);
  ends.get(1)?.();
  await later();
  t.deepEqual(begun, [0, 1, 2, 3], "nobody waits for the slowest of three");
  for (const job of [0, 2, 3]) ends.get(job)?.();
  await later();
  t.deepEqual(begun, [0, 1, 2, 3, 4]);
  ends.get(4)?.();
  await t.notThrowsAsync(all);
});

test("fewer jobs than places, and none, come to an end; each job is done once, whatever gives them", async (t) => {
  for (const jobs of [[], ["a"], new Set(["a", "b"]), ["a", "b", "c"].values()]) {
    const wanted = [...(Array.isArray(jobs) || jobs instanceof Set ? jobs : ["a", "b", "c"])];
    const done: string[] = [];
    await sideBySide(8, jobs, async (job) => {
      await later();
      done.push(job);
    });
    t.deepEqual(done, wanted);
  }
});

test("a failure is thrown, and the others are done all the same", async (t) => {
  const done: number[] = [];
  await t.throwsAsync(
    sideBySide(2, [0, 1, 2, 3], async (job) => {
      await later();
      if (job === 0) throw new Error("the first");
      done.push(job);
    }),
    { message: "the first" },
  );
  for (let turn = 0; turn < 5; turn++) await later();
  t.deepEqual(done, [1, 2, 3]);
});
