import { setTimeout as sleep } from "node:timers/promises";
import test from "ava";
import { createRequests, type Settle } from "../../../lambda/src/sftp/requests.ts";

const start = (timeoutMs: number, now?: () => number, probe?: (waiting: string) => void) => {
  const overdue: string[] = [];
  const requests = createRequests({
    timeoutMs,
    ...(now && { now }),
    ...(probe && { probe }),
    overdue: ({ all: [what = ""], isAlive, reject }) => {
      overdue.push(what);
      if (isAlive) reject((one) => new Error(`no answer to ${one}, but to others`));
      else requests.fail(new Error(`no answer to ${what}`));
    },
  });
  /** Asks, and hands out the way to answer. */
  const ask = (what: string) => {
    let settle: Settle<string> = () => {};
    const answer = requests.run<string>(what, (given) => {
      settle = given;
    });
    answer.catch(() => {});
    return { answer, settle: (value: string) => settle(null, value), refuse: (error: Error) => settle(error, "") };
  };
  return { requests, overdue, ask };
};

test("answers and refusals come through", async (t) => {
  const { ask, requests } = start(1000);
  const [one, two] = [ask("one"), ask("two")];
  two.refuse(new Error("no"));
  one.settle("yes");
  t.is(await one.answer, "yes");
  await t.throwsAsync(two.answer, { message: "no" });
  t.is(requests.waiting, 0);
});

test("a request without an answer is overdue, and takes the others with it", async (t) => {
  const { ask, overdue, requests } = start(50);
  const [one, two] = [ask("one"), ask("two")];
  await t.throwsAsync(one.answer, { message: "no answer to one" });
  await t.throwsAsync(two.answer, { message: "no answer to one" });
  t.deepEqual(overdue, ["one"]);
  await t.throwsAsync(
    requests.run("three", () => t.fail("may not be sent any more")),
    { message: "no answer to one" },
  );
});

test("as long as those before it are answered, a request may wait longer than the deadline", async (t) => {
  // By a clock of its own: on a busy machine 50 ms may be 150.
  let time = 0;
  const { ask, overdue } = start(150, () => time);
  const queue = Array.from({ length: 6 }, (_, index) => ask(`request ${index}`));
  for (const request of queue) {
    await sleep(50);
    time += 50;
    request.settle("done");
  }
  t.is((await Promise.all(queue.map(({ answer }) => answer))).length, 6);
  t.deepEqual(overdue, []);
});

test("a request that is passed over is overdue, although others are answered", async (t) => {
  const { ask, overdue } = start(100);
  const skipped = ask("skipped");
  for (let count = 0; count < 20 && overdue.length === 0; count += 1) {
    const other = ask("other");
    await sleep(10);
    other.settle("done");
  }
  await t.throwsAsync(skipped.answer, { message: "no answer to skipped, but to others" });
});

test("those that are passed over together are overdue together, and the others go on", async (t) => {
  let time = 0;
  const { ask, overdue, requests } = start(50, () => time);
  const early = ask("answered");
  const passed = [ask("one"), ask("two")];
  early.settle("done");
  time = 40;
  const late = ask("late");
  const newest = ask("newest");
  newest.settle("done");
  time = 51;
  for (const { answer } of passed) await t.throwsAsync(answer, { message: /no answer to (one|two), but to others/ });
  t.deepEqual(overdue, ["one"]);
  t.is(requests.waiting, 1, "the one whose time has just begun waits on");
  late.settle("done");
  t.is(await late.answer, "done");
});

test("where all that wait were passed over, the connection is alive, however long ago the last answer is; each has its own time", async (t) => {
  let time = 0;
  const { ask, overdue } = start(50, () => time);
  const one = ask("one");
  time = 5;
  const two = ask("two");
  time = 10;
  ask("three").settle("done");
  time = 51;
  await t.throwsAsync(one.answer, { message: "no answer to one, but to others" });
  time = 56;
  await t.throwsAsync(two.answer, { message: "no answer to two, but to others" });
  t.deepEqual(overdue, ["one", "two"]);
});

test("halfway something else is asked, once, unless others are answered: that tells whether it is the connection", async (t) => {
  for (const isAnswered of [true, false]) {
    let time = 0;
    const probes: string[] = [];
    const { ask } = start(
      60,
      () => time,
      (what) => {
        probes.push(what);
        const question = ask("question");
        if (isAnswered) question.settle("answer");
      },
    );
    const { answer } = ask("one");
    time = 35;
    while (probes.length === 0) await sleep(5);
    time = 61;
    await t.throwsAsync(answer, { message: `no answer to one${isAnswered ? ", but to others" : ""}` });
    t.deepEqual(probes, ["one"]);
  }
});

test("where no answer has come for a while to anything, the connection is dead, whatever was answered before", async (t) => {
  let time = 0;
  const { ask, overdue } = start(50, () => time);
  const first = ask("first");
  ask("second").settle("done");
  time = 45;
  const third = ask("third");
  time = 51;
  await t.throwsAsync(first.answer, { message: "no answer to first" });
  await t.throwsAsync(third.answer, { message: "no answer to first" });
  t.deepEqual(overdue, ["first"]);
});

test("what can't even be sent is rejected with the reason, and doesn't count as waiting", async (t) => {
  const { requests } = start(50);
  await t.throwsAsync(
    requests.run("nonsense", () => {
      throw new Error("not a buffer");
    }),
    { message: "not a buffer" },
  );
  t.is(requests.waiting, 0);
});
