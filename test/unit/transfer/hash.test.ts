import { createHash, randomBytes } from "node:crypto";
import test from "ava";
import { lightHasher, savableHasher } from "../../../lambda/src/transfer/hash.ts";

const bytes = randomBytes(1_000);
const expected = createHash("sha256").update(bytes).digest("hex");

test("a hasher gives the file's SHA-256, in whatever pieces it comes", (t) => {
  const hasher = lightHasher();
  for (let at = 0; at < bytes.length; at += 37) hasher.update(bytes.subarray(at, at + 37));
  t.is(hasher.digest(), expected);
});

test("one that is saved goes on from any byte", async (t) => {
  for (const at of [0, 1, 63, 64, 65, 500, 1_000]) {
    const first = await savableHasher();
    first.update(bytes.subarray(0, at));
    const second = await savableHasher(first.save());
    second.update(bytes.subarray(at));
    t.is(second.digest(), expected, `saved after ${at} bytes`);
  }
});

test("a state that isn't one is refused", async (t) => {
  await t.throwsAsync(savableHasher("AAAA"));
});
