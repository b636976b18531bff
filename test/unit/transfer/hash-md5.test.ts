import { createHash, randomBytes } from "node:crypto";
import test from "ava";
import { lightHasher, loadHasher, savableHasher } from "../../../lambda/src/transfer/hash.ts";

const expected = (bytes: Uint8Array) => createHash("md5").update(bytes).digest("hex");

test("every length around a block has the MD5 that Node reckons, in one piece and over a saved state", async (t) => {
  for (let length = 0; length < 200; length++) {
    const bytes = randomBytes(length);
    const cut = Math.floor(length / 3);
    const first = await savableHasher(undefined, { md5: true });
    first.update(bytes.subarray(0, cut));
    const second = await savableHasher(first.save(), { md5: true });
    second.update(bytes.subarray(cut));
    t.is(second.md5?.(), expected(bytes), `${length} bytes`);
  }
});

test("a state that isn't one is refused", async (t) => {
  const sound = (await savableHasher()).save();
  await t.throwsAsync(savableHasher(`${sound}.AAAA`, { md5: true }));
});

test("a hasher with an MD5 goes on with both sums, and one saved without it doesn't", async (t) => {
  const bytes = randomBytes(1000);
  const hasher = await savableHasher(undefined, { md5: true });
  hasher.update(bytes.subarray(0, 500));
  const state = hasher.save();
  const loaded = await loadHasher(state, { md5: true });
  loaded?.update(bytes.subarray(500));
  t.is(loaded?.md5?.(), expected(bytes));
  t.is(loaded?.digest(), createHash("sha256").update(bytes).digest("hex"));

  const without = await loadHasher(state);
  without?.update(bytes.subarray(500));
  t.is(without?.digest(), createHash("sha256").update(bytes).digest("hex"));
  t.is(await loadHasher((await savableHasher()).save(), { md5: true }), undefined);
});

test("Node's own gives the same MD5, where one is wanted", (t) => {
  const bytes = randomBytes(1000);
  const hasher = lightHasher({ md5: true });
  hasher.update(bytes);
  t.is(hasher.md5?.(), expected(bytes));
  t.is(lightHasher().md5, undefined);
});
