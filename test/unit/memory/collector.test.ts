import test from "ava";
import { createCollector } from "../../../lambda/src/memory/collector.ts";

const mebibyte = 1024 * 1024;
const [small, large] = [120e6, 140e6];

/**
 * Moves so many MiB, one after the other; with each the garbage grows by so many, of which a minor collection finds a fifth and a
 * full one all, above what is needed. Returns what was collected when.
 */
const move = (mebibytes: number, options: { needed: number; garbage: number; resident?: number }) => {
  const collected: string[] = [];
  let moved = 0;
  let asked = 0;
  let looks = 0;
  let garbage = 0;
  const held = () => (options.needed + garbage) * mebibyte;
  const note = createCollector({
    collect: ({ type }) => {
      collected.push(`${type} at ${moved}`);
      garbage = type === "major" ? 0 : garbage * 0.8;
    },
    usage: () => {
      asked++;
      return { rss: options.resident ?? small, heapUsed: 15 * mebibyte, arrayBuffers: held() - 15 * mebibyte };
    },
    held: () => {
      looks++;
      return held();
    },
  });
  for (moved = 1; moved <= mebibytes; moved++) {
    garbage += options.garbage;
    note(mebibyte);
  }
  return { collected, asked, looks };
};
const countOf = (type: string, { collected }: ReturnType<typeof move>) =>
  collected.filter((one) => one.startsWith(type)).length;

test("while little is in use nothing is collected, and only every 2 MiB is it looked at", (t) => {
  t.like(move(100, { needed: 39, garbage: 0 }), { collected: [], looks: 50 });
  t.deepEqual(move(100, { needed: 27, garbage: 0, resident: large }), { collected: [], looks: 50, asked: 0 });
});

test("the kernel is only asked how large the process is where V8 may have to collect", (t) => {
  const { asked, collected } = move(100, { needed: 45, garbage: 0.01 });
  t.deepEqual(collected, ["minor at 2"]);
  t.is(asked, 2);
});

test("what is needed is not collected in vain: once, and not again before more has come", (t) => {
  t.deepEqual(move(100, { needed: 45, garbage: 0 }).collected, ["minor at 2"]);
  t.deepEqual(move(100, { needed: 60, garbage: 0 }).collected, ["minor at 2", "major at 2"]);
});

test("V8 is told to collect as garbage grows, in full where minor collections leave too much", (t) => {
  const run = move(300, { needed: 36, garbage: 1 });
  t.true(countOf("minor", run) > 10 && countOf("minor", run) < 60, run.collected.join());
  t.true(countOf("major", run) > 0 && countOf("major", run) < 15, run.collected.join());
});

test("what is in flight comes and goes without a full collection, which costs ten times as much", (t) => {
  const collected: string[] = [];
  let inFlight = 0;
  const note = createCollector({
    collect: ({ type }) => void collected.push(type),
    usage: () => ({ rss: large, heapUsed: 22 * mebibyte, arrayBuffers: inFlight * mebibyte }),
    held: () => (22 + inFlight) * mebibyte,
  });
  for (let turn = 0; turn < 400; turn++) {
    inFlight = 6 + (turn % 10);
    note(2 * mebibyte);
  }
  t.true(collected.filter((type) => type === "minor").length > 10);
  t.true(collected.filter((type) => type === "major").length <= 1, collected.join());
});

test("a process that has grown large is told sooner, and more often", (t) => {
  const [roomy, tight] = [small, large].map((resident) => move(300, { needed: 30, garbage: 1, resident }));
  if (roomy === undefined || tight === undefined) return t.fail();
  t.true(countOf("minor", tight) + countOf("major", tight) > 1.5 * (countOf("minor", roomy) + countOf("major", roomy)));
  t.true(Number(tight.collected[0]?.split(" ").at(-1)) < Number(roomy.collected[0]?.split(" ").at(-1)));
});

test("small files count for what they leave behind, which is more than their bytes", (t) => {
  let looks = 0;
  const note = createCollector({
    collect: () => {},
    usage: () => ({ rss: large, heapUsed: 15 * mebibyte, arrayBuffers: 0 }),
    held: () => {
      looks++;
      return 15 * mebibyte;
    },
  });
  for (let file = 0; file < 100; file++) note(1);
  t.is(looks, 2);
});

test("a process that may not tell V8 does without", (t) => {
  const asked = () => {
    throw new Error("not asked");
  };
  const note = createCollector({ collect: undefined, usage: asked, held: asked });
  t.notThrows(() => note(100 * mebibyte));
});
