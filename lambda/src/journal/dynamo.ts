import { setTimeout } from "node:timers/promises";
import type { QueryCommandInput, ScanCommandInput } from "@aws-sdk/client-dynamodb";
import { chunksOf } from "../concurrency/chunks.ts";
import { type Attributes, itemOf, plain } from "./attributes.ts";
import { combineWrites } from "./batch-writes.ts";
import { dueAt, heldDeliveries } from "./entry.ts";
import { type Ask, ConditionFailed } from "./requests.ts";
import {
  dueIndex,
  type Expectation,
  eventsIndex,
  type Item,
  type Key,
  openIndex,
  type Table,
  type WriteResult,
} from "./table.ts";

const batchSize = 100; // BatchGetItem's limit

/**
 * Before what a throttled table left out is asked for again: from 50 ms, doubled up to 2 s, by chance up to half of it less.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
 */
const pauseBefore = (turn: number): number => Math.min(50 * 2 ** turn, 2_000) * (0.5 + 0.5 * Math.random());

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
  const pause = (turn: number) => sleep(pauseBefore(turn));
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

  async function* pages(input: QueryCommandInput): AsyncGenerator<readonly Item[]> {
    let start: QueryCommandInput["ExclusiveStartKey"];
    do {
      const page = await ask("Query", { ...input, ExclusiveStartKey: start });
      yield (page.Items ?? []).map(itemOf);
      start = page.LastEvaluatedKey;
    } while (start);
  }

  const dueBy = (openStream: string, time: number): QueryCommandInput => ({
    TableName: table,
    IndexName: dueIndex,
    KeyConditionExpression: "open_stream = :stream AND next_attempt <= :now",
    ExpressionAttributeValues: plain({ ":stream": openStream, ":now": time }),
  });

  async function* scan(input: Omit<ScanCommandInput, "TableName">): AsyncGenerator<readonly Item[]> {
    let start: ScanCommandInput["ExclusiveStartKey"];
    do {
      const page = await ask("Scan", { ...input, TableName: table, ExclusiveStartKey: start });
      yield (page.Items ?? []).map(itemOf);
      start = page.LastEvaluatedKey;
    } while (start);
  }

  return {
    now,

    async get({ pk, sk }) {
      const { Item: found } = await ask("GetItem", { TableName: table, Key: plain({ pk, sk }), ConsistentRead: true });
      return found && itemOf(found);
    },

    async getMany(keys) {
      const found: Item[] = [];
      for (const some of chunksOf(keys, batchSize)) {
        let wanted: Attributes[] = some.map(({ pk, sk }) => plain({ pk, sk }));
        for (let turn = 0; wanted.length > 0; ) {
          const answer = await ask("BatchGetItem", {
            RequestItems: { [table]: { Keys: wanted, ConsistentRead: true } },
          });
          found.push(...(answer.Responses?.[table] ?? []).map(itemOf));
          wanted = answer.UnprocessedKeys?.[table]?.Keys ?? [];
          if (wanted.length > 0) await pause(turn++);
        }
      }
      return found;
    },

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

    query: (pk) =>
      pages({
        TableName: table,
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: plain({ ":pk": pk }),
        ConsistentRead: true,
      }),

    queryOpen: (openStream, limit) =>
      pages({
        TableName: table,
        IndexName: openIndex,
        Limit: limit,
        KeyConditionExpression: "open_stream = :stream",
        ExpressionAttributeValues: plain({ ":stream": openStream }),
      }),

    async dueSince(openStream, now) {
      const { Items: [first] = [] } = await ask("Query", { ...dueBy(openStream, now), Limit: 1 });
      return first && dueAt(itemOf(first));
    },

    queryDue: (openStream, until) => pages(dueBy(openStream, until)),

    async countOpen(openStream, { after, limit }) {
      const { Count = 0, LastEvaluatedKey } = await ask("Query", {
        TableName: table,
        IndexName: dueIndex,
        KeyConditionExpression: "open_stream = :stream",
        ExpressionAttributeValues: plain({ ":stream": openStream }),
        Select: "COUNT",
        Limit: limit,
        ExclusiveStartKey: after === undefined ? undefined : (JSON.parse(after) as Attributes),
      });
      return { count: Count, next: LastEvaluatedKey && JSON.stringify(LastEvaluatedKey) };
    },

    scanOpen: () => scan({ IndexName: openIndex }),
    // The table leaves out what is of no use: of years of deliveries hardly anything has to be sent and read.
    scanSince: (since, attributes) =>
      scan({
        ProjectionExpression: attributes.map((_, index) => `#a${index}`).join(", "),
        FilterExpression: [
          "attribute_exists(open_stream)",
          ...Array.from({ length: heldDeliveries + 1 }, (_, index) => `#deliveries[${index}].#at >= :since`),
        ].join(" OR "),
        ExpressionAttributeNames: {
          ...Object.fromEntries(attributes.map((name, index) => [`#a${index}`, name])),
          "#deliveries": "deliveries",
          "#at": "at",
        },
        ExpressionAttributeValues: plain({ ":since": since }),
      }),
    scanDueEvents: () => scan({ IndexName: eventsIndex }),
  };
};
