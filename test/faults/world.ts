/** Everything that one run needs: a bucket, a journal, a partner with a disk that can fill, and the two places where things go wrong. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient, waitUntilTableExists } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { configKeyOf } from "../../lambda/src/config/load.ts";
import { awsConfig } from "../stack/clients.ts";
import type { Stack } from "../stack/emulator.ts";
import { startSshd } from "../stack/sshd.ts";
import { startAwsProxy } from "./aws-proxy.ts";
import { createEnvironments } from "./environments.ts";
import type { Random } from "./random.ts";
import { startRelay } from "./relay.ts";

export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Bytes of one part of a multipart upload in these runs. */
export const partBytes = 65_536;
export const stream = "acme";

/** What a run needs of an AWS emulator: any of them will do. */
export type Emulated = Pick<Stack, "endpoint" | "authorityPem" | "region" | "credentials">;

export interface WorldOptions {
  readonly stack: Emulated;
  /** The bundled environment. */
  readonly program: string;
  readonly name: string;
  readonly random: Random;
  readonly slots: number;
  readonly diskBytes: number;
  readonly after: "move" | "delete" | "keep";
  readonly log: string;
  /** Milliseconds after which the function is killed; six seconds unless said. */
  readonly timeoutMs?: number;
  readonly eventsAtOnce?: number;
  /** Bytes of one part of a multipart upload; small unless said. */
  readonly part?: number;
}

/** The journal's table as modules/function/journal.tf makes it. */
export const tableOf = (name: string) => ({
  TableName: name,
  BillingMode: "PAY_PER_REQUEST" as const,
  KeySchema: [
    { AttributeName: "pk", KeyType: "HASH" as const },
    { AttributeName: "sk", KeyType: "RANGE" as const },
  ],
  AttributeDefinitions: ["pk", "sk", "open_stream", "open_since", "next_attempt"].map((AttributeName) => ({
    AttributeName,
    AttributeType: AttributeName === "next_attempt" ? ("N" as const) : ("S" as const),
  })),
  GlobalSecondaryIndexes: [
    {
      IndexName: "open",
      KeySchema: [
        { AttributeName: "open_stream", KeyType: "HASH" as const },
        { AttributeName: "open_since", KeyType: "RANGE" as const },
      ],
      // As in modules/function/journal.tf.
      Projection: {
        ProjectionType: "INCLUDE" as const,
        NonKeyAttributes: "attempts direction last_error next_attempt partner path size source_time state stream".split(
          " ",
        ),
      },
    },
    {
      IndexName: "due",
      KeySchema: [
        { AttributeName: "open_stream", KeyType: "HASH" as const },
        { AttributeName: "next_attempt", KeyType: "RANGE" as const },
      ],
      Projection: { ProjectionType: "KEYS_ONLY" as const },
    },
  ],
});

export const createWorld = async (options: WorldOptions) => {
  const { stack, program, name, random, slots, diskBytes, after, log, timeoutMs = 6_000, eventsAtOnce = 1 } = options;
  const s3 = new S3Client({ ...awsConfig(stack), forcePathStyle: true });
  const dynamodb = new DynamoDBClient(awsConfig(stack));
  await s3.send(new CreateBucketCommand({ Bucket: name }));
  await s3.send(new PutBucketVersioningCommand({ Bucket: name, VersioningConfiguration: { Status: "Enabled" } }));
  await dynamodb.send(new CreateTableCommand(tableOf(name)));
  await waitUntilTableExists({ client: dynamodb, minDelay: 1, maxWaitTime: 20 }, { TableName: name });

  const sshd = await startSshd({ diskBytes, config: { MaxStartups: "100" } });
  sshd.files.mkdir("inbox");
  sshd.files.mkdir("outbox");
  const relay = await startRelay(sshd.port, random.fork("relay"));
  const proxy = await startAwsProxy(stack, random.fork("aws"));

  const side = { bucket: name, include: [], exclude: [] };
  const config = {
    version: 1,
    streams: {
      [stream]: {
        sftp: {
          host: sshd.host,
          port: relay.port,
          username: sshd.username,
          host_keys: [sshd.fingerprint],
          private_key: { s3: `${name}/config/key` },
          max_connections: slots,
          connect_timeout_seconds: 3,
          operation_timeout_seconds: 2,
        },
        push: { ...side, prefix: "out/", directory: "inbox", upload: "atomic", verify: "strict" },
        pull: {
          ...side,
          prefix: "in/",
          directory: "outbox",
          after,
          retention_days: 365,
          min_age_seconds: 0,
          temporary_suffixes: [".part"],
        },
        retry_for_days: 60,
      },
    },
  };
  const document = JSON.stringify(config);
  await s3.send(new PutObjectCommand({ Bucket: name, Key: "config/key", Body: sshd.key.privateKey }));
  await s3.send(new PutObjectCommand({ Bucket: name, Key: configKeyOf(document), Body: document }));

  const environments = createEnvironments({
    program,
    log,
    timeoutMs,
    eventsAtOnce,
    env: {
      PATH: process.env["PATH"],
      AWS_ENDPOINT_URL: proxy.endpoint,
      AWS_REGION: stack.region,
      AWS_ACCESS_KEY_ID: stack.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: stack.credentials.secretAccessKey,
      AWS_EC2_METADATA_DISABLED: "true",
      BRIDGE_NAME: name,
      BRIDGE_CONFIG_BUCKET: name,
      BRIDGE_CONFIG_KEY: configKeyOf(document),
      BRIDGE_TABLE: name,
      BRIDGE_QUEUE_URL: "http://127.0.0.1/queue",
      BRIDGE_DEAD_LETTER_QUEUE_URL: "http://127.0.0.1/dead",
      BRIDGE_UNDELIVERED_QUEUE_URL: "http://127.0.0.1/undelivered",
      FAULTS_PART: String(options.part ?? partBytes),
    },
  });

  return {
    name,
    s3,
    dynamodb,
    sshd,
    relay,
    proxy,
    environments,
    /** Where `path` of the partner's folder is on this machine. */
    at: (path: string) => join(sshd.root, path),
    async stop() {
      environments.stop();
      await Promise.all([relay.stop(), proxy.stop()]);
      await sshd.stop();
      await dynamodb.send(new DeleteTableCommand({ TableName: name })).catch(() => {});
      s3.destroy();
      dynamodb.destroy();
    },
  };
};

export type World = Awaited<ReturnType<typeof createWorld>>;
