import type { BatchStatementResponse } from "@aws-sdk/client-dynamodb";
import test from "ava";
import { plain } from "../../../lambda/src/journal/attributes.ts";
import { combineWrites } from "../../../lambda/src/journal/batch-writes.ts";
import type { Ask } from "../../../lambda/src/journal/requests.ts";
import type { Expectation, Item } from "../../../lambda/src/journal/table.ts";

const entry = (sk: string, more: Record<string, string | undefined> = {}): Item => ({
  pk: "push#acme#out",
  sk,
  rev: `rev of ${sk}`,
  kind: "entry",
  ...more,
});

/** A combiner whose batches are answered by `answer`, and what it asked. */
const combining = (answer: (sk: string) => BatchStatementResponse) => {
  const batches: string[][] = [];
  const statements: string[] = [];
  const alone: string[] = [];
  const ask = (async (
    _operation: string,
    input: { Statements: { Statement: string; Parameters: { S: string }[] }[] },
  ) => {
    const names = input.Statements.map(({ Statement, Parameters }) => {
      statements.push(Statement);
      // pk and sk: first in an INSERT; behind what is set in an UPDATE.
      const at = Statement.startsWith("INSERT") ? 1 : (Statement.split(" WHERE ")[0]?.match(/=\?/g)?.length ?? 0) + 1;
      return Parameters[at]?.S ?? "";
    });
    batches.push(names);
    return { Responses: names.map(answer) };
  }) as unknown as Ask;
  const put = combineWrites(ask, "journal", async (item) => {
    alone.push(item.sk);
    return { ok: true };
  });
  return { put, batches, statements, alone };
};

const fine = (): BatchStatementResponse => ({});
const names = (count: number) => Array.from({ length: count }, (_, index) => `file ${index}`);

test("writes of one moment go out 25 together; one by itself as a put", async (t) => {
  const { put, batches, alone } = combining(fine);
  await Promise.all(names(51).map((name) => put(entry(name), "absent")));
  t.deepEqual(
    batches.map(({ length }) => length),
    [25, 25],
  );
  t.deepEqual(alone, ["file 50"]);
  t.deepEqual(batches.flat(), names(50));
});

test("each write has its own condition and its own outcome", async (t) => {
  const there = entry("b", { rev: "newer" });
  const { put, statements } = combining((name) =>
    name === "b" ? { Error: { Code: "ConditionalCheckFailed", Item: plain(there) } } : {},
  );
  const expect: Expectation = { rev: "old" };
  const outcomes = await Promise.all(
    ["a", "b"].map((name) => put(entry(name, { progress: undefined, state: "active" }), expect)),
  );
  t.deepEqual(outcomes, [{ ok: true }, { ok: false, found: there }]);
  t.is(
    statements[0],
    'UPDATE "journal" SET "rev"=? SET "kind"=? SET "state"=? REMOVE "progress" WHERE "pk"=? AND "sk"=? AND "rev"=?',
  );
});

test("a write that is found done already, behind an answer that was lost, is done", async (t) => {
  const { put, alone } = combining((name) => ({
    Error: { Code: "ConditionalCheckFailed", Item: plain(entry(name)) },
  }));
  t.deepEqual(await Promise.all(["a", "b"].map((name) => put(entry(name), { rev: "old" }))), [
    { ok: true },
    { ok: true },
  ]);
  t.deepEqual(alone, []);
});

test("where the batch doesn't tell what is there, or failed for another reason, the write is made by itself", async (t) => {
  const codes: Record<string, string> = { a: "DuplicateItem", b: "ThrottlingError", c: "ConditionalCheckFailed" };
  const { put, alone } = combining((name) => ({
    Error: { Code: codes[name] } as BatchStatementResponse["Error"] & object,
  }));
  await Promise.all(["a", "b"].map((name) => put(entry(name), "absent")));
  await Promise.all(["c", "b"].map((name) => put(entry(name), { rev: "old" })));
  t.deepEqual(alone, ["a", "b", "c", "b"]);
});

test("two writes of one item keep their order and never share a batch", async (t) => {
  const { put, batches } = combining(fine);
  await Promise.all(["a", "b", "a", "c", "a", "d"].map((name) => put(entry(name), { rev: "old" })));
  for (const batch of batches) t.is(new Set(batch).size, batch.length);
});

test("without leave for batches every write is made by itself", async (t) => {
  const { put, batches, alone } = combining(() => ({ Error: { Code: "AccessDenied" } }));
  await Promise.all(["a", "b"].map((name) => put(entry(name), "absent")));
  await Promise.all(["c", "d"].map((name) => put(entry(name), "absent")));
  t.is(batches.length, 1);
  t.deepEqual(alone, ["a", "b", "c", "d"]);
});

test("leases, polls and the partner's health aren't combined", async (t) => {
  const { put, batches, alone } = combining(fine);
  await Promise.all(["a", "b"].map((sk) => put({ pk: "lease#x", sk, rev: "r", kind: "lease" }, "absent")));
  t.deepEqual(batches, []);
  t.deepEqual(alone, ["a", "b"]);
});

test("what replaces a damaged item goes by itself: its condition is that an attribute is missing", async (t) => {
  const { put, batches, alone } = combining(fine);
  await Promise.all(names(3).map((name) => put(entry(name), { rev: null })));
  t.deepEqual(batches, []);
  t.is(alone.length, 3);
});
