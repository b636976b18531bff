import test from "ava";
import { dueAt, isDue } from "../../../lambda/src/journal/entry.ts";

test("an item is due from the moment of its next attempt on", (t) => {
  const item = { next_attempt: 1_000 };
  t.deepEqual(
    [999, 1_000, 1_001].map((now) => isDue(item, now)),
    [false, true, true],
  );
  t.is(dueAt(item), 1_000);
});

test("one without a time, or with something else in its place, never is", (t) => {
  for (const attributes of [{}, { next_attempt: undefined }, { next_attempt: null }, { next_attempt: "0" }]) {
    const item = { pk: "p", sk: "s", rev: "r", ...attributes };
    t.false(isDue(item, Number.MAX_SAFE_INTEGER));
    t.is(dueAt(item), undefined);
  }
});
