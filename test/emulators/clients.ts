// The product's own clients and ports over an emulator, as handler.ts puts them together, and a fresh table and bucket.
import { randomBytes } from "node:crypto";
import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from "@aws-sdk/client-s3";
import { createClients } from "../../lambda/src/aws/clients.ts";
import type { Clock } from "../../lambda/src/clock.ts";
import { openTable } from "../../lambda/src/journal/dynamo.ts";
import { requestDynamo } from "../../lambda/src/journal/requests.ts";
import type { Table } from "../../lambda/src/journal/table.ts";
import { createTableClock } from "../../lambda/src/journal/table-clock.ts";
import { openObjectStoreLater } from "../../lambda/src/s3/later.ts";
import type { ObjectStore } from "../../lambda/src/s3/objects.ts";
import { openObjectStore } from "../../lambda/src/s3/open.ts";
import { tableOf } from "../faults/world.ts";
import type { Emulator } from "./emulator.ts";

/** A name that nothing else on the emulator has. */
export const freshName = (purpose: string): string => `${purpose}-${randomBytes(6).toString("hex")}`;

const real: Clock = { wall: Date.now, steady: () => performance.now() };

/** Both ways that the product has: its own light requests, with the SDK behind them, and the SDK alone. */
export const ways = ["light requests", "the SDK"] as const;
export type Way = (typeof ways)[number];

/** The journal's table, as modules/function/journal.tf makes it. */
export async function openFreshTable(
  way: Way = "light requests",
  /** Hears the name of each request. */
  hear: (operation: string) => void = () => {},
): Promise<Table> {
  const clients = createClients();
  const name = freshName("journal");
  await clients.dynamodb.send(new CreateTableCommand(tableOf(name)));
  await waitUntilTableExists({ client: new DynamoDBClient(), minDelay: 1, maxWaitTime: 20 }, { TableName: name });
  const tableClock = createTableClock(real);
  const light = way === "light requests" ? clients.lightDynamo : undefined;
  const ask = requestDynamo(clients.dynamodb, light, { clock: real, table: tableClock });
  const heard: typeof ask = (operation, input) => {
    hear(operation);
    return ask(operation, input);
  };
  return openTable(heard, name, tableClock.now);
}

export type Bucket = { readonly name: string; readonly store: ObjectStore; readonly s3: S3Client };

/** A bucket, versioned unless said, with the product's store over it and a plain client of the user's. */
export async function openFreshBucket(
  emulator: Emulator,
  way: Way = "light requests",
  { versioned = true } = {},
): Promise<Bucket> {
  const clients = createClients();
  const s3 = new S3Client({ region: emulator.region, forcePathStyle: true });
  const name = freshName("files");
  const CreateBucketConfiguration = { LocationConstraint: "eu-central-1" as const };
  await s3.send(new CreateBucketCommand({ Bucket: name, CreateBucketConfiguration }));
  if (versioned)
    await s3.send(new PutBucketVersioningCommand({ Bucket: name, VersioningConfiguration: { Status: "Enabled" } }));
  const store =
    way === "light requests" ? openObjectStoreLater(clients.s3, clients.quickS3) : openObjectStore(clients.s3);
  return { name, s3, store };
}
