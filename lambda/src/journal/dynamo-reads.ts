import type { QueryCommandInput, ScanCommandInput } from "@aws-sdk/client-dynamodb";
import { chunksOf } from "../concurrency/chunks.ts";
import { type Attributes, itemOf, plain } from "./attributes.ts";
import { dueAt, heldDeliveries } from "./entry.ts";
import type { Ask } from "./requests.ts";
import { dueIndex, eventsIndex, type Item, openIndex, type Table } from "./table.ts";

const batchSize = 100; // BatchGetItem's limit

/**
 * Before what a throttled table left out is asked for again: from 50 ms, doubled up to 2 s, by chance up to half of it less.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
 */
const pauseBefore = (turn: number): number => Math.min(50 * 2 ** turn, 2_000) * (0.5 + 0.5 * Math.random());

type Reads = Omit<Table, "now" | "put" | "remove" | "add">;

/** What the journal's table is asked for over DynamoDB, page by page where it may be much. */
export const tableReads = (ask: Ask, table: string, sleep: (milliseconds: number) => Promise<unknown>): Reads => {
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
          if (wanted.length > 0) await sleep(pauseBefore(turn++));
        }
      }
      return found;
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
