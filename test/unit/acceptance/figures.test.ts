import test from "ava";
import { figuresOf, runIn } from "../../acceptance/figures.ts";

// As Lambda writes them; docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html
const cold =
  "REPORT RequestId: 79b4f56e-95b1-4643-9700-2807f4e68189\tDuration: 128.83 ms\tBilled Duration: 372 ms\tMemory Size: 512 MB\tMax Memory Used: 96 MB\tInit Duration: 242.62 ms\t\n";
const warm =
  "REPORT RequestId: 89b4f56e-95b1-4643-9700-2807f4e68189\tDuration: 12.10 ms\tBilled Duration: 13 ms\tMemory Size: 512 MB\tMax Memory Used: 101 MB\t";

test("a REPORT line tells duration, memory, and of a new environment its start", (t) => {
  t.deepEqual(runIn(cold), { duration: 128.83, init: 242.62, memory: 512, used: 96 });
  t.deepEqual(runIn(warm), { duration: 12.1, init: undefined, memory: 512, used: 101 });
  for (const line of ["START RequestId: x Version: $LATEST", "REPORT RequestId: x\tDuration: ? ms", ""])
    t.is(runIn(line), undefined);
});

test("the figures are those of all runs, and what wasn't told isn't made up", (t) => {
  const runs = [cold, warm, warm].flatMap((line) => runIn(line) ?? []);
  const figures = Object.fromEntries(figuresOf(runs));
  t.is(figures["invocations"], "3");
  t.is(figures["cold starts"], "1");
  t.is(figures["init duration, median and most"], "243 ms, 243 ms");
  t.is(figures["duration, median and most"], "12 ms, 129 ms");
  t.is(figures["memory used at most, of"], "101 MB of 512 MB");
  t.is(Object.fromEntries(figuresOf([]))["init duration, median and most"], "not told, not told");
});
