import { globSync } from "node:fs";
import test from "ava";
import { filesOf, parts, unitTests } from "../../parts/part.ts";

const counted = Array.from({ length: parts }, (_, index) => index + 1);

test("each file of unit tests is in one part, or has a worker of its own", (t) => {
  const dealt = counted.flatMap((part) => filesOf(part).map((file) => `test/unit/${file}`));
  t.deepEqual([...dealt, ...unitTests().alone].sort(), globSync("test/unit/**/*.test.ts").sort());
});

test("there is a file for each part", (t) => {
  t.deepEqual(
    globSync("test/parts/*.test.ts").sort(),
    counted.map((part) => `test/parts/part-${part}.test.ts`),
  );
});
