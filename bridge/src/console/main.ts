/** `bridge console`, with the real world around it: AWS's clients, and the page's files. */
import { readdirSync, readFileSync } from "node:fs";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { DynamoDBClient, QueryCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { LambdaClient } from "@aws-sdk/client-lambda";
import type { Invoke } from "../call.ts";
import { explained, pagesOf, projection, tableOf } from "../journal-table.ts";
import { createApi } from "./api.ts";
import type { ConsoleOptions } from "./arguments.ts";
import type { JournalReader } from "./journal.ts";
import { type ConsoleServer, serve } from "./server.ts";

/** What the page shows of an entry; the rest of it isn't sent. */
const shown = ["stream", "direction", "path", "state", "known_at", "open_since", "attempts", "last_error", "size"];
const indexed = shown.filter((name) => name !== "known_at");

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

const explainedReader = (reader: JournalReader): JournalReader => ({
  scan: () => explained(reader.scan()),
  query: (...asked) => explained(reader.query(...asked)),
});

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
      explainedReader(
        readerOf(
          new DynamoDBClient(given),
          table ?? (await tableOf(new LambdaClient(given), functionName, "the console")),
        ),
      ),
    now: Date.now,
  });
  return serve(pageFiles(), api, port);
};
