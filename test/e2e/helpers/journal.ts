// The journal's table, as a test looks into it.
import { DynamoDBClient, paginateScan } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import type { Entry } from "../../../lambda/src/journal/entry.ts";
import { awsConfig, type Stack } from "../../stack/index.ts";

/** All items of the table. */
export async function journalItems(stack: Stack, table: string): Promise<Record<string, unknown>[]> {
  const client = new DynamoDBClient(awsConfig(stack));
  const items: Record<string, unknown>[] = [];
  try {
    for await (const page of paginateScan({ client }, { TableName: table }))
      items.push(...(page.Items ?? []).map((item) => unmarshall(item)));
  } finally {
    client.destroy();
  }
  return items;
}

/** The entries of one stream. */
export async function entriesOf(stack: Stack, table: string, stream: string): Promise<Entry[]> {
  const items = (await journalItems(stack, table)) as unknown as Entry[];
  return items.filter((item) => item.kind === "entry" && item.stream === stream);
}
