import { isDeepStrictEqual } from "node:util";
import { marshall } from "@aws-sdk/util-dynamodb";
import test from "ava";
import fc from "fast-check";
import { itemOf, plain } from "../../../lambda/src/journal/attributes.ts";

/** Without the two that the SDK takes for an object's class and its prototype. */
const name = fc.string({ minLength: 1 }).filter((one) => one !== "constructor" && one !== "__proto__");

/** Not `fc.string({ unit: "binary" })`, which makes a table of all characters: more than a second. */
const text = fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units));

test("what is written is what the SDK would write, whatever the value", (t) => {
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      text,
      fc.maxSafeInteger(),
      fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }),
      fc.boolean(),
      fc.constant(null),
      fc.constant(undefined),
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(name, tie("value"), { maxKeys: 4 }),
    ),
  }));
  const item = fc.dictionary(name, value, { maxKeys: 6 });
  fc.assert(
    fc.property(item, (one) => {
      const fields = Object.fromEntries(Object.entries(one));
      const [ours, theirs] = [plain(fields as never), marshall(fields, { removeUndefinedValues: true })];
      // ava's own comparison takes a hundred times as long.
      t.true(isDeepStrictEqual(ours, theirs));
    }),
    { numRuns: 100 },
  );
});

test("a field's name doesn't matter", (t) => {
  t.deepEqual(plain({ field: { constructor: "text" } }), { field: { M: { constructor: { S: "text" } } } });
});

test("an item is read as it was written", (t) => {
  const item = { pk: "a", sk: "b", rev: "1", size: 5_000_000_000, list: ["x", 1, null, { deep: [true] }], text: "" };
  t.deepEqual(itemOf(plain({ ...item, gone: undefined, nested: { gone: undefined } })), { ...item, nested: {} });
});

for (const [what, value] of [
  ["NaN", Number.NaN],
  ["infinity", Number.POSITIVE_INFINITY],
  ["a number that isn't exact", 2 ** 53],
] as const)
  test(`refused: ${what}`, (t) => {
    t.throws(() => plain({ deep: { value } }), { instanceOf: RangeError });
  });

test("refused: what is no plain value", (t) => {
  t.throws(() => plain({ when: new Date() as never }), { instanceOf: TypeError });
});
