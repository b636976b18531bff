import test from "ava";
import { noteSize } from "../../../lambda/src/sftp/told-sizes.ts";
import { createTraits } from "../../../lambda/src/traits/traits.ts";

/** Notes what each file was told to have, and had. */
const after = (...files: readonly (readonly [told: number, given: number])[]) => {
  const traits = createTraits();
  files.forEach(([told, given], index) => {
    noteSize(traits, `f${index}`, told, given);
  });
  return traits.can("exact_sizes");
};

test("three files of sizes in blocks, or with more than was told, are a habit; two are none", (t) => {
  t.is(after([4096, 1], [8192, 5000], [4096, 4095]), false);
  t.is(after([0, 10], [0, 20], [0, 30]), false);
  t.is(after([4096, 1], [8192, 5000]), undefined);
});

test("the same file again is no other one", (t) => {
  const traits = createTraits();
  for (let look = 0; look < 5; look++) noteSize(traits, "f", 4096, 1);
  t.is(traits.can("exact_sizes"), undefined);
});

test("what may be half a file never counts: no block, or more than one missing", (t) => {
  t.is(after([1007, 1000], [2007, 2000], [307, 300], [99_999, 99_992]), undefined);
  t.is(after([131_072, 0], [262_144, 100], [655_360, 500_000]), undefined);
});

test("one file that has the size that was told, and no whole blocks, tells that sizes are right", (t) => {
  t.is(after([1001, 1001], [4096, 1], [8192, 5000], [4096, 4095]), undefined);
  t.is(after([4096, 4096], [4096, 1], [8192, 5000], [4096, 4095]), false, "whole blocks tell nothing");
});
