import test from "ava";
import { createCollector } from "../../../lambda/src/memory/collector.ts";

const mebibyte = 1024 * 1024;
const [small, large] = [120e6, 140e6];

/** Moves so many MiB, one after the other, with so many MiB in use and so many bytes resident; returns what was collected when. */
const move = (mebibytes: number, inUse: number, resident = small) => {
  const collected: string[] = [];
  let moved = 0;
  let looks = 0;
  const note = createCollector({
    collect: ({ type }) => collected.push(`${type} at ${moved}`),
    usage: () => {
      looks++;
      return { rss: resident, heapUsed: 15 * mebibyte, arrayBuffers: (inUse - 15) * mebibyte };
    },
  });
  for (moved = 1; moved <= mebibytes; moved++) note(mebibyte);
  return { collected, looks };
};
const majors = ({ collected }: ReturnType<typeof move>) => collected.filter((one) => one.startsWith("major"));

test("while little is in use nothing is collected, and only every 2 MiB is it looked at", (t) => {
  t.deepEqual(move(100, 39), { collected: [], looks: 50 });
  t.deepEqual(move(100, 27, large), { collected: [], looks: 50 });
});

test("V8 is told to collect once much is in use, and in full at most once in 64 MiB", (t) => {
  t.deepEqual(move(4, 45).collected, ["minor at 2", "minor at 4"]);
  const run = move(200, 60);
  t.deepEqual(majors(run), ["major at 64", "major at 128", "major at 192"]);
  t.is(run.collected.length, 100);
});

test("a process that has grown large is told sooner, and more often", (t) => {
  t.deepEqual(move(4, 30, large).collected, ["minor at 2", "minor at 4"]);
  t.deepEqual(majors(move(36, 40, large)), ["major at 12", "major at 24", "major at 36"]);
});

test("small files count for what they leave behind, which is more than their bytes", (t) => {
  let collections = 0;
  const note = createCollector({
    collect: () => collections++,
    usage: () => ({ rss: large, heapUsed: 15 * mebibyte, arrayBuffers: 15 * mebibyte }),
  });
  for (let file = 0; file < 100; file++) note(1);
  t.is(collections, 2);
});

test("a process that may not tell V8 does without", (t) => {
  const asked = () => {
    throw new Error("not asked");
  };
  const note = createCollector({ collect: undefined, usage: asked });
  t.notThrows(() => note(100 * mebibyte));
});
