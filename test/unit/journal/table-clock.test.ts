import test from "ava";
import fc from "fast-check";
import { createTableClock } from "../../../lambda/src/journal/table-clock.ts";

test("unknown until an answer has a date, and not changed by what is none", (t) => {
  const own = { wall: () => 0, steady: () => 0 };
  const clock = createTableClock(own);
  for (const text of [undefined, "", "soon", "Tue, 99 Foo 2026"]) {
    clock.heard(text, { wall: 0, steady: 0 });
    t.is(clock.now(), undefined);
  }
  clock.heard("Thu, 01 Jan 1970 00:01:00 GMT", { wall: 0, steady: 0 });
  clock.heard("nonsense", { wall: 0, steady: 0 });
  t.deepEqual(clock.now(), { least: 60_000, most: 61_000 });
});

test("the table's time lies between the bounds, however wrong this machine's clocks are, slow the answers, and long the pauses", (t) => {
  const pause = fc.integer({ min: 0, max: 600_000 });
  const step = fc.record({
    before: pause,
    sending: pause,
    answering: pause,
    frozen: fc.constantFrom("neither", "wall", "steady"),
  });
  fc.assert(
    fc.property(fc.integer({ min: -1e9, max: 1e9 }), fc.array(step, { minLength: 1, maxLength: 8 }), (skew, steps) => {
      const truth = { now: 1e12 };
      const own = { wall: truth.now + skew, steady: 0 };
      const clock = createTableClock({ wall: () => own.wall, steady: () => own.steady });
      const pass = (milliseconds: number, frozen = "neither") => {
        truth.now += milliseconds;
        if (frozen !== "wall") own.wall += milliseconds;
        if (frozen !== "steady") own.steady += milliseconds;
      };
      for (const { before, sending, answering, frozen } of steps) {
        pass(before, frozen);
        const sent = { ...own };
        pass(sending, frozen);
        const date = new Date(truth.now).toUTCString();
        pass(answering, frozen);
        clock.heard(date, sent);
        const told = clock.now();
        if (!told || told.least > truth.now || told.most < truth.now) throw new Error(JSON.stringify({ told, truth }));
      }
    }),
  );
  t.pass();
});
