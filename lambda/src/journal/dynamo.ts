import {
  type AttributeValue,
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { type Expectation, type Item, type Key, type Outcome, openIndex, type Table } from "./table.ts";

type Attributes = Record<string, AttributeValue>;

const batchSize = 100; // BatchGetItem's limit

const plain = (value: object) => marshall(value, { removeUndefinedValues: true });

const itemOf = (attributes: Attributes): Item => unmarshall(attributes) as Item;

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
export const openTable = (client: DynamoDBClient, table: string): Table => {
  const conditional = async (write: () => Promise<unknown>): Promise<Outcome> => {
    try {
      await write();
      return { ok: true };
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return { ok: false, found: error.Item ? itemOf(error.Item) : undefined };
    }
  };

  async function* pages(input: QueryCommandInput): AsyncGenerator<readonly Item[]> {
    let start: QueryCommandInput["ExclusiveStartKey"];
    do {
      const page = await client.send(new QueryCommand({ ...input, ExclusiveStartKey: start }));
      yield (page.Items ?? []).map(itemOf);
      start = page.LastEvaluatedKey;
    } while (start);
  }

  return {
    async get({ pk, sk }) {
      const { Item: found } = await client.send(
        new GetItemCommand({ TableName: table, Key: plain({ pk, sk }), ConsistentRead: true }),
      );
      return found && itemOf(found);
    },

    async getMany(keys) {
      const found: Item[] = [];
      for (let start = 0; start < keys.length; start += batchSize) {
        let wanted: Attributes[] = keys.slice(start, start + batchSize).map(({ pk, sk }) => plain({ pk, sk }));
        while (wanted.length > 0) {
          const answer = await client.send(
            new BatchGetItemCommand({ RequestItems: { [table]: { Keys: wanted, ConsistentRead: true } } }),
          );
          found.push(...(answer.Responses?.[table] ?? []).map(itemOf));
          wanted = answer.UnprocessedKeys?.[table]?.Keys ?? [];
        }
      }
      return found;
    },

    async put(item, expect) {
      const outcome = await conditional(() =>
        client.send(
          new PutItemCommand({
            TableName: table,
            Item: plain(item),
            ReturnValuesOnConditionCheckFailure: "ALL_OLD",
            ...conditionOf(expect),
          }),
        ),
      );
      // The SDK repeats a request whose answer was lost; the repetition fails on what the first one wrote.
      return !outcome.ok && outcome.found?.rev === item.rev ? { ok: true } : outcome;
    },

    async remove({ pk, sk }, expect) {
      const outcome = await conditional(() =>
        client.send(
          new DeleteItemCommand({
            TableName: table,
            Key: plain({ pk, sk }),
            ReturnValuesOnConditionCheckFailure: "ALL_OLD",
            ...conditionOf(expect),
          }),
        ),
      );
      return !outcome.ok && outcome.found === undefined ? { ok: true } : outcome;
    },

    async add({ pk, sk }: Key, attribute, amount) {
      const outcome = await conditional(() =>
        client.send(
          new UpdateItemCommand({
            TableName: table,
            Key: plain({ pk, sk }),
            UpdateExpression: "ADD #a :n",
            ConditionExpression: "attribute_exists(pk)",
            ExpressionAttributeNames: { "#a": attribute },
            ExpressionAttributeValues: plain({ ":n": amount }),
          }),
        ),
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

    queryOpen: (openStream) =>
      pages({
        TableName: table,
        IndexName: openIndex,
        KeyConditionExpression: "open_stream = :stream",
        ExpressionAttributeValues: plain({ ":stream": openStream }),
      }),

    async *scanOpen() {
      let start: QueryCommandInput["ExclusiveStartKey"];
      do {
        const page = await client.send(
          new ScanCommand({ TableName: table, IndexName: openIndex, ExclusiveStartKey: start }),
        );
        yield (page.Items ?? []).map(itemOf);
        start = page.LastEvaluatedKey;
      } while (start);
    },
  };
};
