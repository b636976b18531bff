import test from "ava";
import { forgetTraits, readTraits, saveTraits, traitsKey, traitsOf } from "../../../lambda/src/journal/traits.ts";
import { traitsKeptFor } from "../../../lambda/src/traits/traits.ts";
import { memoryTable } from "../../helpers/memory-table.ts";

const partner = "us@partner:22";
const now = 1_000_000_000;
let nonces = 0;
const setup = () => {
  const items = new Map();
  const table = memoryTable(items);
  return { items, table, change: { table, partner, now, nonce: () => `n${++nonces}` } };
};
const seen = (value: boolean | number, at = now) => ({ value, at, why: "seen" });

test("two runs that learn different things keep both", async (t) => {
  const { table, change } = setup();
  await Promise.all([
    saveTraits(change, { fstat: seen(false) }),
    saveTraits(change, { open_files: seen(5) }),
    saveTraits(change, { posix_rename: seen(false) }),
  ]);
  t.deepEqual(await readTraits(table, partner, now), {
    fstat: seen(false),
    open_files: seen(5),
    posix_rename: seen(false),
  });
});

test("what is old isn't believed, nor what is damaged, foreign or from the future", (t) => {
  const item = (learned: unknown) => ({ ...traitsKey(partner), rev: "r", kind: "traits", learned }) as never;
  t.deepEqual(traitsOf(undefined, now), {});
  t.deepEqual(traitsOf(item("nonsense"), now), {});
  t.deepEqual(traitsOf({ ...traitsKey(partner), rev: "r", kind: "health", learned: { fstat: seen(true) } }, now), {});
  const held = {
    fstat: seen(false, now - traitsKeptFor),
    stat: seen(true, now + 2 * traitsKeptFor),
    rename: seen(3),
    open_files: seen(-1),
    requests: seen(true),
    unheard_of: seen(true),
    constructor: seen(true),
    exclusive_open: null,
    posix_rename: seen(false, now - traitsKeptFor + 1),
  };
  t.deepEqual(traitsOf(item(held), now), { posix_rename: held.posix_rename });
});

test("the user may forget one of them, or all", async (t) => {
  const { table, items, change } = setup();
  await saveTraits(change, { fstat: seen(false), open_files: seen(5) });
  t.deepEqual(await forgetTraits(change, ["fstat", "rename"]), ["fstat"]);
  t.deepEqual(await readTraits(table, partner, now), { open_files: seen(5) });
  t.deepEqual(await forgetTraits(change), ["open_files"]);
  t.is(items.size, 0);
  t.deepEqual(await forgetTraits(change), []);
});
