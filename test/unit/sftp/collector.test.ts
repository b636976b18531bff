import test from "ava";
import { createCollector } from "../../../lambda/src/sftp/collector.ts";

const mebibyte = 1024 * 1024;

/** Moves so many MiB, one after the other, with so many MiB outside the heap, and returns what was collected when. */
const move = (mebibytes: number, outside: (moved: number) => number) => {
  const collected: string[] = [];
  let moved = 0;
  let looks = 0;
  const note = createCollector({
    collect: ({ type }) => collected.push(`${type} at ${moved}`),
    outside: () => {
      looks++;
      return outside(moved) * mebibyte;
    },
  });
  for (moved = 1; moved <= mebibytes; moved++) note(mebibyte);
  return { collected, looks };
};

test("while little lies outside the heap nothing is collected, and only every 4 MiB is it looked at", (t) => {
  t.deepEqual(
    move(100, () => 23),
    { collected: [], looks: 25 },
  );
});

test("V8 is told to collect once much lies there, and in full at most once in 64 MiB", (t) => {
  t.deepEqual(move(8, () => 30).collected, ["minor at 4", "minor at 8"]);
  const { collected } = move(200, () => 50);
  t.deepEqual(
    collected.filter((one) => one.startsWith("major")),
    ["major at 64", "major at 128", "major at 192"],
  );
  t.is(collected.length, 50);
});

test("a process that may not tell V8 does without", (t) => {
  const note = createCollector({
    collect: undefined,
    outside: () => {
      throw new Error("not asked");
    },
  });
  t.notThrows(() => note(100 * mebibyte));
});
