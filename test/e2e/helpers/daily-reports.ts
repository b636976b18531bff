// Daily reports of a deployed bridge: that of the day before comes by itself, and has what was delivered on that day.
import { createHash } from "node:crypto";
import { DynamoDBClient, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";
import type { ExecutionContext } from "ava";
import { awsConfig, type Stack, until } from "../../stack/index.ts";
import { placeOf } from "../../stack/places.ts";
import { entriesOf } from "./journal.ts";
import { readObject } from "./objects.ts";

interface Reported {
  readonly table: string;
  /** Where the reports are: `s3://bucket/prefix/`. */
  readonly reports: unknown;
  readonly stream: string;
  /** A file that the stream has delivered. */
  readonly path: string;
  readonly content: string;
}

/** A day goes by: what was delivered today is of the day of the first report, which is written once more. */
export async function reportsWhatItMoved(t: ExecutionContext, stack: Stack, s3: S3Client, of: Reported): Promise<void> {
  const { table, reports, stream, path, content } = of;
  const { bucket, prefix } = placeOf(reports);
  const name = await until("the first report", 150, async () => {
    const listing = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: `${prefix}${stream}/` }));
    return listing.Contents?.[0]?.Key?.slice(prefix.length);
  });
  t.regex(name, new RegExp(`^${stream}/\\d{4}-\\d\\d-\\d\\d\\.csv$`));
  const day = name.slice(stream.length + 1, -4);
  t.is((await readObject(s3, reports, name))?.toString().split("\r\n").length, 2, "nothing was moved on that day");

  const dynamodb = new DynamoDBClient(awsConfig(stack));
  t.teardown(() => dynamodb.destroy());
  const delivered = (await entriesOf(stack, table, stream)).filter(({ deliveries }) => deliveries.length > 0);
  t.true(delivered.length > 0);
  for (const { pk, sk } of delivered)
    await dynamodb.send(
      new UpdateItemCommand({
        TableName: table,
        Key: { pk: { S: pk }, sk: { S: sk } },
        UpdateExpression: "SET deliveries[0].#at = :at",
        ExpressionAttributeNames: { "#at": "at" },
        ExpressionAttributeValues: { ":at": { S: `${day}T12:00:00.000Z` } },
      }),
    );
  // As if that day's hadn't been written yet.
  const before = new Date(Date.parse(day) - 86_400_000).toISOString().slice(0, 10);
  await dynamodb.send(
    new UpdateItemCommand({
      TableName: table,
      Key: { pk: { S: "facts" }, sk: { S: `${stream}#report` } },
      UpdateExpression: "SET #day = :day",
      ExpressionAttributeNames: { "#day": "day" },
      ExpressionAttributeValues: { ":day": { S: before } },
    }),
  );
  const row = await until("the file in the report", 180, async () => {
    const lines = (await readObject(s3, reports, name))?.toString().split("\r\n") ?? [];
    return lines.find((line) => line.split(",")[2] === path);
  });
  const sum = createHash("sha256").update(content).digest("hex");
  t.regex(
    row,
    new RegExp(`^${stream},push,${path},delivered,,${day}T12:00:00\\.000Z,[^,]+,${content.length},${sum},\\d+,\\d+,$`),
  );
}
