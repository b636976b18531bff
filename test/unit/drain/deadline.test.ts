import test from "ava";
import { createDeadline, startingWithin } from "../../../lambda/src/drain/deadline.ts";

const clocked = (whole: number) => {
  const time = { left: whole };
  return { time, deadline: createDeadline(() => time.left) };
};

test("no file is started in the last half minute, and transfers stop before the runtime ends them", (t) => {
  const { time, deadline } = clocked(900_000);
  t.false(deadline.isClosing());
  time.left = 30_000;
  t.true(deadline.isClosing());
  t.is(deadline.untilStop(), 15_000);
});

test("a function with a short time-out still moves files for most of it", (t) => {
  const { time, deadline } = clocked(30_000);
  time.left = 11_000;
  t.false(deadline.isClosing());
  time.left = 10_000;
  t.true(deadline.isClosing());
  t.true(deadline.untilStop() > 0);
});

test("a run of the queue stops starting files after a while; what is under way may go on", (t) => {
  const { time, deadline } = clocked(900_000);
  const short = startingWithin(deadline, 60_000);
  time.left = 841_000;
  t.false(short.isClosing());
  time.left = 840_000;
  t.true(short.isClosing());
  t.is(short.untilStop(), 825_000);
  t.false(deadline.isClosing());
});
