import { createHash, randomBytes } from "node:crypto";
import test from "ava";
import type { Summed } from "../../../lambda/src/journal/entry.ts";
import { OutOfTime, VerificationError } from "../../../lambda/src/transfer/errors.ts";
import { savableHasher } from "../../../lambda/src/transfer/hash.ts";
import { defaultSizes } from "../../../lambda/src/transfer/sizes.ts";
import { sumAgain } from "../../../lambda/src/transfer/sum-again.ts";

const bytes = randomBytes(1_000);
const expected = createHash("sha256").update(bytes).digest("hex");
const stateAt = async (count: number): Promise<Summed> => {
  const hasher = await savableHasher();
  hasher.update(bytes.subarray(0, count));
  return { bytes: count, state: hasher.save() };
};

/** Reads `bytes` by the hundred, one second each; time is up once `stopAfter` bytes were given. */
const world = (stopAfter = Number.POSITIVE_INFINITY, length = bytes.length) => {
  const controller = new AbortController();
  let now = 0;
  const read: number[] = [];
  const saved: (readonly [number, boolean])[] = [];
  const states: Summed[] = [];
  const reading = {
    size: bytes.length,
    what: "Stream a: s3://b/c",
    read: async (offset: number) => {
      read.push(offset);
      return (async function* () {
        for (let at = offset; at < length; at += 100) {
          now += 1_000;
          if (at >= stopAfter) controller.abort(new OutOfTime("time is up"));
          yield bytes.subarray(at, Math.min(at + 100, length));
        }
      })();
    },
    save: async (summed: Summed, isLast: boolean) => {
      saved.push([summed.bytes, isLast]);
      states.push(summed);
    },
  };
  const context = {
    clock: { wall: () => 0, steady: () => now },
    signal: controller.signal,
    sizes: { ...defaultSizes, checkpointEvery: 3_000 },
  };
  return { reading, context, read, saved, states };
};

test("the whole file is read and hashed, and how far it came is recorded now and then", async (t) => {
  const { reading, context, read, saved } = world();
  t.is((await sumAgain({ ...reading, from: undefined }, context)).sha256, expected);
  t.deepEqual(read, [0]);
  t.deepEqual(saved, [
    [300, false],
    [600, false],
    [900, false],
  ]);
});

test("it goes on where an earlier run stopped, with the SHA-256 of the whole file", async (t) => {
  const first = world(450);
  await t.throwsAsync(sumAgain({ ...first.reading, from: undefined }, first.context), { instanceOf: OutOfTime });
  t.deepEqual(first.saved.at(-1), [500, true]);
  const second = world();
  t.is((await sumAgain({ ...second.reading, from: first.states.at(-1) }, second.context)).sha256, expected);
  t.deepEqual(second.read, [500]);
});

test("what is there as a whole isn't read again", async (t) => {
  const { reading, context, read } = world();
  t.is((await sumAgain({ ...reading, from: await stateAt(1_000) }, context)).sha256, expected);
  t.deepEqual(read, []);
});

test("a record that is damaged, or beyond the end, has the file read from its beginning", async (t) => {
  for (const from of [
    { bytes: 500, state: "AAAA" },
    { bytes: 1_001, state: (await stateAt(10)).state },
    { bytes: -1, state: (await stateAt(10)).state },
  ]) {
    const { reading, context, read } = world();
    t.is((await sumAgain({ ...reading, from }, context)).sha256, expected);
    t.deepEqual(read, [0]);
  }
});

test("fewer bytes than there have to be are an error, and no SHA-256", async (t) => {
  const { reading, context } = world(undefined, 700);
  const error = await t.throwsAsync(sumAgain({ ...reading, from: undefined }, context), {
    instanceOf: VerificationError,
  });
  t.regex(error.message, /Stream a: s3:\/\/b\/c gave 700 of 1000 bytes/);
});
