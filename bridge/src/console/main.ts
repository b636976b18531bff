/** `bridge console`, with the real world around it: AWS's clients, and the page's files. */
import { readdirSync, readFileSync } from "node:fs";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { DynamoDBClient, QueryCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { GetFunctionConfigurationCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import type { Invoke } from "../call.ts";
import { createApi } from "./api.ts";
import type { ConsoleOptions } from "./arguments.ts";
import type { JournalReader } from "./journal.ts";
import { type ConsoleServer, serve } from "./server.ts";

/** What the page shows of an entry; the rest of it isn't sent. Names are given by number, since some are reserved words. */
const shown = ["stream", "direction", "path", "state", "known_at", "open_since", "attempts", "last_error", "size"];
const projection = (names: readonly string[]) => ({
  ProjectionExpression: names.map((_, index) => `#n${index}`).join(", "),
  ExpressionAttributeNames: Object.fromEntries(names.map((name, index) => [`#n${index}`, name])),
});
const indexed = shown.filter((name) => name !== "known_at");

type Page = { Items?: Record<string, never>[]; LastEvaluatedKey?: Record<string, never> };

async function* pagesOf(send: (after: Page["LastEvaluatedKey"]) => Promise<unknown>) {
  let after: Page["LastEvaluatedKey"];
  do {
    const { Items = [], LastEvaluatedKey } = (await send(after)) as Page;
    yield Items.map((item) => unmarshall(item));
    after = LastEvaluatedKey;
  } while (after);
}

const readerOf = (client: DynamoDBClient, TableName: string): JournalReader => ({
  scan: () =>
    pagesOf((after) =>
      client.send(
        new ScanCommand({
          TableName,
          ...projection([...shown, "deliveries"]),
          ...(after && { ExclusiveStartKey: after }),
        }),
      ),
    ),
  query: (IndexName, openStream) =>
    pagesOf((after) => {
      const { ExpressionAttributeNames, ProjectionExpression } = projection(indexed);
      return client.send(
        new QueryCommand({
          TableName,
          IndexName,
          ProjectionExpression,
          ExpressionAttributeNames: { ...ExpressionAttributeNames, "#key": "open_stream" },
          KeyConditionExpression: "#key = :key",
          ExpressionAttributeValues: { ":key": { S: openStream } },
          ...(after && { ExclusiveStartKey: after }),
        }),
      );
    }),
});

/** Says which permission is missing, where one is. */
const explained = (reader: JournalReader): JournalReader => {
  async function* over(pages: ReturnType<JournalReader["scan"]>) {
    try {
      yield* pages;
    } catch (error) {
      const { name, message } = error as Error;
      if (!/AccessDenied/.test(name)) throw error;
      throw new Error(
        `Files are read from the journal itself: your role needs dynamodb:Scan and dynamodb:Query on its table and the index "open" (the module's output operator_policies has them as "journal"). AWS says: ${message}`,
        { cause: error },
      );
    }
  }
  return { scan: () => over(reader.scan()), query: (...asked) => over(reader.query(...asked)) };
};

const tableOf = async (client: LambdaClient, FunctionName: string): Promise<string> => {
  try {
    const { Environment } = await client.send(new GetFunctionConfigurationCommand({ FunctionName }));
    const table = Environment?.Variables?.["BRIDGE_TABLE"];
    if (table) return table;
    throw new Error("its configuration names none");
  } catch (error) {
    throw new Error(
      `Which table the journal of ${FunctionName} is isn't known (${(error as Error).message}): start the console with --table NAME, the module's output table_name.`,
      { cause: error },
    );
  }
};

/** Built beside the command, and found from its source as well. */
const pageFiles = (): Map<string, Uint8Array> => {
  const folder = new URL(import.meta.url.endsWith(".ts") ? "../../dist/console/" : "console/", import.meta.url);
  try {
    return new Map(readdirSync(folder).map((name) => [name, readFileSync(new URL(name, folder))]));
  } catch (error) {
    throw new Error("The console's page isn't built: npm run build:bridge", { cause: error });
  }
};

/** Starts it; it runs until it is stopped. */
export const startConsole = (options: ConsoleOptions, invoke: Invoke): Promise<ConsoleServer> => {
  const { functionName, table, port, region, profile } = options;
  const given = { ...(region === undefined ? {} : { region }), ...(profile === undefined ? {} : { profile }) };
  const api = createApi({
    functionName,
    invoke,
    cloudwatch: new CloudWatchClient(given),
    journal: async () =>
      explained(readerOf(new DynamoDBClient(given), table ?? (await tableOf(new LambdaClient(given), functionName)))),
    now: Date.now,
  });
  return serve(pageFiles(), api, port);
};
