import { createHash, randomBytes } from "node:crypto";
import test from "ava";
import { hasherFor, loadHasher, thriftyHasher } from "../../../lambda/src/transfer/hash.ts";
import { defaultSizes } from "../../../lambda/src/transfer/sizes.ts";

const bytes = randomBytes(1_000);
const expected = createHash("sha256").update(bytes).digest("hex");

test("a thrifty hasher can be saved until the rest is short, and its digest is the file's in any case", async (t) => {
  const asked: number[] = [];
  const hasher = await thriftyHasher({ every: 100, isShort: (at) => asked.push(at) > 0 && at >= 300 });
  let saved: string | undefined;
  for (let at = 0; at < bytes.length; at += 50) {
    hasher.update(bytes.subarray(at, at + 50));
    if (at + 50 < 300) saved = hasher.save();
    t.is(hasher.save() === undefined, at + 50 >= 300, `after ${at + 50} bytes`);
  }
  t.deepEqual(asked, [100, 200, 300]);
  t.is(hasher.digest(), expected);

  const resumed = await loadHasher(saved ?? "");
  resumed?.update(bytes.subarray(250));
  t.is(resumed?.digest(), expected);
});

test("a file counts as short when its rest takes less than half the time between two checkpoints", async (t) => {
  const sizes = { ...defaultSizes, pace: 100, checkpointEvery: 30_000 };
  for (const [elapsed, isSaved] of [
    [1_600, false], // 100 of 1,000 bytes: 14.4 s are left
    [1_700, true], // 15.3 s
  ] as const) {
    let now = 5_000;
    const hasher = await hasherFor(1_000, { clock: { wall: () => 0, steady: () => now }, sizes });
    now += elapsed;
    hasher.update(bytes.subarray(0, 100));
    t.is(hasher.save() !== undefined, isSaved, `${elapsed} ms`);
  }
});
