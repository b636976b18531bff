import test from "ava";
import { statementsOf } from "../../../lambda/src/journal/statements.ts";
import type { Expectation, Item } from "../../../lambda/src/journal/table.ts";

const key = { pk: "push#acme#out", sk: "a file" };
const statementOf = statementsOf("journal");
const texts = (writes: readonly (readonly [Item, Expectation])[]) =>
  writes.map(([item, expect]) => statementOf(item, expect).Statement);

test("a text belongs to the names that have a value, those that have none, and the condition's", (t) => {
  const writes: readonly (readonly [Item, Expectation])[] = [
    [{ ...key, rev: "1", state: "x" }, "absent"],
    [{ ...key, rev: "1", state: undefined }, "absent"],
    [{ ...key, rev: "1", state: "x" }, { rev: "0" }],
    [{ ...key, rev: "1", state: undefined }, { rev: "0" }],
    [{ ...key, rev: "1", state: "x" }, { state: "y" }],
    [{ ...key, rev: "1", "3:a": "x" }, { rev: "0" }],
    [{ ...key, rev: "1", "it's": "x", 'a "b"': "x" }, "absent"],
    [{ ...key, rev: "1", 'a "b"': "x" }, { rev: "0" }],
  ];
  const expected = [
    `INSERT INTO "journal" VALUE {'pk':?,'sk':?,'rev':?,'state':?}`,
    `INSERT INTO "journal" VALUE {'pk':?,'sk':?,'rev':?}`,
    `UPDATE "journal" SET "rev"=? SET "state"=? WHERE "pk"=? AND "sk"=? AND "rev"=?`,
    `UPDATE "journal" SET "rev"=? REMOVE "state" WHERE "pk"=? AND "sk"=? AND "rev"=?`,
    `UPDATE "journal" SET "rev"=? SET "state"=? WHERE "pk"=? AND "sk"=? AND "state"=?`,
    `UPDATE "journal" SET "rev"=? SET "3:a"=? WHERE "pk"=? AND "sk"=? AND "rev"=?`,
    `INSERT INTO "journal" VALUE {'pk':?,'sk':?,'rev':?,'it''s':?,'a "b"':?}`,
    `UPDATE "journal" SET "rev"=? SET "a ""b"""=? WHERE "pk"=? AND "sk"=? AND "rev"=?`,
  ];
  t.deepEqual(texts(writes), expected);
  t.deepEqual(texts(writes), expected, "and so it does when it was made before");
});

test("values stand where their names do: what is set, the key, and the condition's", (t) => {
  const item: Item = { state: "x", ...key, gone: undefined, rev: "2", parts: [1, undefined], more: { a: null } };
  const all = [{ S: "2" }, { L: [{ N: "1" }] }, { M: { a: { NULL: true } } }];
  t.deepEqual(statementOf(item, { rev: 1 }), {
    Statement:
      'UPDATE "journal" SET "state"=? SET "rev"=? SET "parts"=? SET "more"=? REMOVE "gone" WHERE "pk"=? AND "sk"=? AND "rev"=?',
    Parameters: [{ S: "x" }, ...all, { S: key.pk }, { S: key.sk }, { N: "1" }],
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  });
  t.deepEqual(statementOf(item, "absent"), {
    Statement: `INSERT INTO "journal" VALUE {'state':?,'pk':?,'sk':?,'rev':?,'parts':?,'more':?}`,
    Parameters: [{ S: "x" }, { S: key.pk }, { S: key.sk }, ...all],
  });
});

test("a thousand sets of names have a text of their own each", (t) => {
  for (let count = 0; count < 1_000; count++) {
    const [text] = texts([[{ ...key, rev: "1", [`a${count}`]: "x" }, { rev: "0" }]]);
    t.is(text, `UPDATE "journal" SET "rev"=? SET "a${count}"=? WHERE "pk"=? AND "sk"=? AND "rev"=?`);
  }
});

test("of what an item was made of, only what differs is sent; what was taken out is removed", (t) => {
  const progress = { phase: "copying" };
  const base: Item = { ...key, rev: "1", state: "pending", path: "a file", progress, gone: 1 };
  const item: Item = { ...base, rev: "2", state: "active", gone: undefined, more: undefined };
  t.deepEqual(statementOf(item, { rev: "1" }, base), {
    Statement: 'UPDATE "journal" SET "rev"=? SET "state"=? REMOVE "gone" WHERE "pk"=? AND "sk"=? AND "rev"=?',
    Parameters: [{ S: "2" }, { S: "active" }, { S: key.pk }, { S: key.sk }, { S: "1" }],
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  });
  const { Statement } = statementOf({ ...item, progress: { ...progress } }, { rev: "1" }, base);
  t.regex(Statement ?? "", /SET "progress"=\?/, "one that was made anew");
  t.is(statementOf(item, "absent", base).Parameters?.length, 6, "a new item is written whole");
});
