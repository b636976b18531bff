import { setTimeout } from "node:timers/promises";
import { plain } from "./attributes.ts";
import { combineWrites } from "./batch-writes.ts";
import { tableReads } from "./dynamo-reads.ts";
import { type Ask, ConditionFailed } from "./requests.ts";
import type { Expectation, Item, Key, Table, WriteResult } from "./table.ts";

/** The condition expression for an expectation, with its placeholders. */
const conditionOf = (expect: Expectation) => {
  if (expect === "absent") return { ConditionExpression: "attribute_not_exists(pk)" };
  const names = Object.keys(expect);
  const values = Object.fromEntries(
    names.flatMap((name, index) => (expect[name] === null ? [] : [[`:c${index}`, expect[name]]])),
  );
  return {
    ConditionExpression: names
      .map((name, index) =>
        expect[name] === null ? `attribute_exists(pk) AND attribute_not_exists(#c${index})` : `#c${index} = :c${index}`,
      )
      .join(" AND "),
    ExpressionAttributeNames: Object.fromEntries(names.map((name, index) => [`#c${index}`, name])),
    ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: plain(values) }),
  };
};

/** The journal's table over DynamoDB. Errors of the service are thrown as they are: what can't be recorded must not be done. */
export const openTable = (
  ask: Ask,
  table: string,
  now: Table["now"] = () => undefined,
  sleep: (milliseconds: number) => Promise<unknown> = setTimeout,
): Table => {
  const conditional = async (write: () => Promise<unknown>): Promise<WriteResult> => {
    try {
      await write();
      return { ok: true };
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      return { ok: false, found: error.found };
    }
  };

  const putOne = async (item: Item, expect: Expectation): Promise<WriteResult> => {
    const outcome = await conditional(() =>
      ask("PutItem", {
        TableName: table,
        Item: plain(item),
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
        ...conditionOf(expect),
      }),
    );
    // A request whose answer was lost is repeated; the repetition fails on what the first one wrote.
    return !outcome.ok && outcome.found?.rev === item.rev ? { ok: true } : outcome;
  };

  return {
    now,
    ...tableReads(ask, table, sleep),

    put: combineWrites(ask, table, putOne),

    async remove({ pk, sk }, expect) {
      const outcome = await conditional(() =>
        ask("DeleteItem", {
          TableName: table,
          Key: plain({ pk, sk }),
          ReturnValuesOnConditionCheckFailure: "ALL_OLD",
          ...conditionOf(expect),
        }),
      );
      return !outcome.ok && outcome.found === undefined ? { ok: true } : outcome;
    },

    async add({ pk, sk }: Key, attribute, amount) {
      const outcome = await conditional(() =>
        ask("UpdateItem", {
          TableName: table,
          Key: plain({ pk, sk }),
          UpdateExpression: "ADD #a :n",
          ConditionExpression: "attribute_exists(pk)",
          ExpressionAttributeNames: { "#a": attribute },
          ExpressionAttributeValues: plain({ ":n": amount }),
        }),
      );
      return outcome.ok;
    },
  };
};
