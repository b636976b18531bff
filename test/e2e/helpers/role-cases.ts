/** What each statement of the role allows, and what lies just outside. */
import { CreateLogGroupCommand, CreateLogStreamCommand } from "@aws-sdk/client-cloudwatch-logs";
import * as dynamodb from "@aws-sdk/client-dynamodb";
import { DecryptCommand, EncryptCommand, GenerateDataKeyCommand } from "@aws-sdk/client-kms";
import { GetFunctionCommand, InvokeCommand, UpdateFunctionConfigurationCommand } from "@aws-sdk/client-lambda";
import * as s3 from "@aws-sdk/client-s3";
import { GetSecretValueCommand, PutSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import * as sqs from "@aws-sdk/client-sqs";
import { GetParameterCommand, PutParameterCommand } from "@aws-sdk/client-ssm";
import type { World } from "./role.ts";

/** What is tried with the role. */
export type Call = (world: World) => Promise<unknown>;

/** What a statement lets the role do, and what lies just outside it. */
export interface Case {
  readonly allowed: readonly Call[];
  readonly denied: Readonly<Record<string, Call>>;
}

export const get =
  (bucket: (world: World) => string, key: string): Call =>
  (w) =>
    w.role.s3.send(new s3.GetObjectCommand({ Bucket: bucket(w), Key: key }));
const put =
  (bucket: (world: World) => string, key: string): Call =>
  (w) =>
    w.role.s3.send(new s3.PutObjectCommand({ Bucket: bucket(w), Key: key, Body: "x" }));
const list =
  (prefix?: string): Call =>
  (w) =>
    w.role.s3.send(new s3.ListObjectsV2Command({ Bucket: w.bridge["bucket"], Prefix: prefix }));
const listVersions =
  (prefix?: string): Call =>
  (w) =>
    w.role.s3.send(new s3.ListObjectVersionsCommand({ Bucket: w.bridge["bucket"], Prefix: prefix }));
export const own = (w: World) => w.bridge["bucket"] ?? "";
export const config = (w: World) => w.bridge.config.bucket;
const table = (w: World) => w.bridge["table_name"] ?? "";
const functionOf = (w: World, alias: string) => `${w.bridge["function_name"]}:${alias}`;
/** As a tick starts it; of a partner that nobody has configured, so that nothing is connected to. */
const drain = {
  InvocationType: "Event",
  Payload: Buffer.from(JSON.stringify({ action: "drain", partners: ["us@nowhere:22"] })),
} as const;
const key = { pk: { S: "of the test" }, sk: { S: "x" } };

/** Resolves if what was asked for isn't there, which is told only to who may have it. */
const isMissing = async (answer: Promise<unknown>): Promise<void> => {
  try {
    await answer;
  } catch (error) {
    if (error instanceof Error && error.name === "ResourceNotFoundException") return;
    throw error;
  }
  throw new Error("it is there");
};

/** A ciphertext under a key, decrypted by the role itself and not by a service for it. */
const decryptWith =
  (name: keyof World["keys"]): Call =>
  async (w) => {
    const { CiphertextBlob } = await w.root.kms.send(
      new EncryptCommand({ KeyId: w.keys[name], Plaintext: Buffer.from("x") }),
    );
    return w.role.kms.send(new DecryptCommand({ CiphertextBlob, KeyId: w.keys[name] }));
  };

/** By the Sid of the statement, without the number of those that come once per bucket. */
export const cases: Readonly<Record<string, Case>> = {
  Configuration: {
    allowed: [(w) => get(config, w.bridge.config.key)(w)],
    denied: { "write it": (w) => put(config, w.bridge.config.key)(w), "read elsewhere": get(config, "other/x") },
  },
  Staging: {
    allowed: [
      put(config, "staging/push/two/x"),
      get(config, "staging/push/two/x"),
      (w) => w.role.s3.send(new s3.DeleteObjectCommand({ Bucket: config(w), Key: "staging/push/two/x" })),
      async (w) => {
        const place = { Bucket: config(w), Key: "staging/push/two/y" };
        const { VersionId } = await w.role.s3.send(new s3.PutObjectCommand({ ...place, Body: "x" }));
        await w.role.s3.send(new s3.GetObjectCommand({ ...place, VersionId }));
        await w.role.s3.send(new s3.DeleteObjectCommand({ ...place, VersionId }));
        const { UploadId } = await w.role.s3.send(new s3.CreateMultipartUploadCommand(place));
        await w.role.s3.send(new s3.ListPartsCommand({ ...place, UploadId }));
        await w.role.s3.send(new s3.AbortMultipartUploadCommand({ ...place, UploadId }));
      },
    ],
    denied: {
      "put beside it": put(config, "staging"),
      "remove the configuration": (w) =>
        w.role.s3.send(new s3.DeleteObjectCommand({ Bucket: config(w), Key: w.bridge.config.key })),
      "the same prefix of the other bucket": put(own, "staging/push/two/x"),
    },
  },
  StagingTags: {
    allowed: [
      async (w) => {
        const place = { Bucket: config(w), Key: "staging/gate/one/z" };
        const { VersionId } = await w.root.s3.send(new s3.PutObjectCommand({ ...place, Body: "x", Tagging: "a=b" }));
        await w.role.s3.send(new s3.GetObjectTaggingCommand(place));
        return w.role.s3.send(new s3.GetObjectTaggingCommand({ ...place, VersionId }));
      },
    ],
    denied: {
      "let it pass by itself": (w) =>
        w.role.s3.send(
          new s3.PutObjectTaggingCommand({
            Bucket: config(w),
            Key: "staging/gate/one/z",
            Tagging: { TagSet: [{ Key: "GuardDutyMalwareScanStatus", Value: "NO_THREATS_FOUND" }] },
          }),
        ),
      "read those of what isn't held": (w) =>
        w.role.s3.send(new s3.GetObjectTaggingCommand({ Bucket: config(w), Key: "staging/pull/one/z" })),
    },
  },
  Quarantine: {
    allowed: [
      put(config, "quarantine/one/x"),
      get(config, "quarantine/one/x"),
      async (w) => {
        const place = { Bucket: config(w), Key: "quarantine/one/y" };
        const { UploadId } = await w.role.s3.send(new s3.CreateMultipartUploadCommand(place));
        await w.role.s3.send(new s3.AbortMultipartUploadCommand({ ...place, UploadId }));
      },
    ],
    denied: {
      "remove something": (w) =>
        w.role.s3.send(new s3.DeleteObjectCommand({ Bucket: config(w), Key: "quarantine/one/x" })),
      "list what lies there": (w) =>
        w.role.s3.send(new s3.ListObjectsV2Command({ Bucket: config(w), Prefix: "quarantine/" })),
      "the same prefix of the other bucket": put(own, "quarantine/one/x"),
    },
  },
  PullGates: {
    // Nobody has made it: who may invoke it is told so.
    allowed: [(w) => isMissing(w.role.lambda.send(new InvokeCommand({ FunctionName: "look" })))],
    denied: {
      "invoke another gate": (w) => w.role.lambda.send(new InvokeCommand({ FunctionName: "look-of-others" })),
    },
  },
  StagingList: {
    allowed: [
      (w) => w.role.s3.send(new s3.ListObjectsV2Command({ Bucket: config(w), Prefix: "staging/push/" })),
      (w) => w.role.s3.send(new s3.ListObjectVersionsCommand({ Bucket: config(w), Prefix: "staging/push/" })),
    ],
    denied: {
      "list the configurations": (w) =>
        w.role.s3.send(new s3.ListObjectsV2Command({ Bucket: config(w), Prefix: "config/" })),
    },
  },
  ReportsJournal: {
    allowed: [(w) => w.role.dynamodb.send(new dynamodb.ScanCommand({ TableName: table(w) }))],
    denied: {
      "read another index": (w) =>
        w.role.dynamodb.send(new dynamodb.ScanCommand({ TableName: table(w), IndexName: "due" })),
    },
  },
  Reports: {
    allowed: [
      put(own, "reports/one/2026-11-28.csv"),
      async (w) => {
        const place = { Bucket: own(w), Key: "reports/one/2026-11-29.csv" };
        const { UploadId } = await w.role.s3.send(new s3.CreateMultipartUploadCommand(place));
        await w.role.s3.send(new s3.AbortMultipartUploadCommand({ ...place, UploadId }));
      },
    ],
    denied: {
      "put something else there": put(own, "reports/one/notes.csv"),
      "put one where a push takes from": put(own, "one/push/2026-11-28.csv"),
      "read one": get(own, "reports/one/2026-11-28.csv"),
      "remove one": (w) =>
        w.role.s3.send(new s3.DeleteObjectCommand({ Bucket: own(w), Key: "reports/one/2026-11-28.csv" })),
    },
  },
  ReportsKey: {
    allowed: [put(own, "reports/one/2026-11-27.csv")],
    denied: {
      "use the key by itself": (w) =>
        w.role.kms.send(new GenerateDataKeyCommand({ KeyId: w.keys.own, KeySpec: "AES_256" })),
    },
  },
  StagingKey: {
    allowed: [put(config, "staging/push/two/z")],
    denied: {
      "use the key by itself": (w) =>
        w.role.kms.send(new GenerateDataKeyCommand({ KeyId: w.keys.own, KeySpec: "AES_256" })),
    },
  },
  Journal: {
    allowed: [
      (w) => w.role.dynamodb.send(new dynamodb.PutItemCommand({ TableName: table(w), Item: key })),
      (w) => w.role.dynamodb.send(new dynamodb.GetItemCommand({ TableName: table(w), Key: key })),
      (w) => w.role.dynamodb.send(new dynamodb.BatchGetItemCommand({ RequestItems: { [table(w)]: { Keys: [key] } } })),
      (w) => w.role.dynamodb.send(new dynamodb.UpdateItemCommand({ TableName: table(w), Key: key })),
      (w) =>
        w.role.dynamodb.send(
          new dynamodb.QueryCommand({
            TableName: table(w),
            KeyConditionExpression: "pk = :p",
            ExpressionAttributeValues: { ":p": key.pk },
          }),
        ),
      (w) => w.role.dynamodb.send(new dynamodb.DeleteItemCommand({ TableName: table(w), Key: key })),
    ],
    denied: {
      "delete it": (w) => w.role.dynamodb.send(new dynamodb.DeleteTableCommand({ TableName: table(w) })),
      "another table": (w) => w.role.dynamodb.send(new dynamodb.GetItemCommand({ TableName: "another", Key: key })),
    },
  },
  JournalOpen: {
    allowed: [
      (w) => w.role.dynamodb.send(new dynamodb.ScanCommand({ TableName: table(w), IndexName: "open" })),
      (w) =>
        w.role.dynamodb.send(
          new dynamodb.QueryCommand({
            TableName: table(w),
            IndexName: "open",
            KeyConditionExpression: "open_stream = :s",
            ExpressionAttributeValues: { ":s": { S: "x" } },
          }),
        ),
    ],
    denied: {
      "another index": (w) =>
        w.role.dynamodb.send(new dynamodb.ScanCommand({ TableName: table(w), IndexName: "other" })),
    },
  },
  JournalDue: {
    allowed: [
      (w) =>
        w.role.dynamodb.send(
          new dynamodb.QueryCommand({
            TableName: table(w),
            IndexName: "due",
            KeyConditionExpression: "open_stream = :s",
            ExpressionAttributeValues: { ":s": { S: "x" } },
          }),
        ),
    ],
    denied: {
      "scan it": (w) => w.role.dynamodb.send(new dynamodb.ScanCommand({ TableName: table(w), IndexName: "due" })),
    },
  },
  // The emulator compares a log group's ARN without the `:*` that AWS's has, so what is allowed can't be shown here; that
  // the lines arrive with this statement alone is AWS's own example (Lambda developer guide, "execution role").
  Log: {
    allowed: [],
    denied: {
      "make a group": (w) => w.role.logs.send(new CreateLogGroupCommand({ logGroupName: "/aws/lambda/another" })),
      "another group": (w) =>
        w.role.logs.send(new CreateLogStreamCommand({ logGroupName: "/aws/lambda/another", logStreamName: "x" })),
    },
  },
  // Through the services it is used by every case above and below that reads: the emulator asks for it (stack/kms.py).
  Key: {
    allowed: [(w) => get(config, w.bridge.config.key)(w)],
    denied: {
      "decrypt other than through a service": decryptWith("own"),
      "make a data key other than through S3": (w) =>
        w.role.kms.send(new GenerateDataKeyCommand({ KeyId: w.keys.own, KeySpec: "AES_256" })),
    },
  },
  Queue: {
    allowed: [
      // Visible again at once: it may be the event of an object that another test waits for.
      (w) => w.role.sqs.send(new sqs.ReceiveMessageCommand({ QueueUrl: w.bridge["queue_url"], VisibilityTimeout: 0 })),
      (w) =>
        w.role.sqs.send(
          new sqs.GetQueueAttributesCommand({ QueueUrl: w.bridge["queue_url"], AttributeNames: ["All"] }),
        ),
    ],
    denied: {
      "purge it": (w) => w.role.sqs.send(new sqs.PurgeQueueCommand({ QueueUrl: w.bridge["queue_url"] })),
      "delete it": (w) => w.role.sqs.send(new sqs.DeleteQueueCommand({ QueueUrl: w.bridge["queue_url"] })),
      "send to it": (w) =>
        w.role.sqs.send(new sqs.SendMessageCommand({ QueueUrl: w.bridge["queue_url"], MessageBody: "x" })),
    },
  },
  DeadLetters: {
    allowed: [
      (w) => w.role.sqs.send(new sqs.ReceiveMessageCommand({ QueueUrl: w.bridge["dead_letter_queue_url"] })),
      (w) => w.role.sqs.send(new sqs.ReceiveMessageCommand({ QueueUrl: w.bridge["undelivered_queue_url"] })),
    ],
    denied: {
      "purge it": (w) => w.role.sqs.send(new sqs.PurgeQueueCommand({ QueueUrl: w.bridge["dead_letter_queue_url"] })),
      "send to it": (w) =>
        w.role.sqs.send(new sqs.SendMessageCommand({ QueueUrl: w.bridge["undelivered_queue_url"], MessageBody: "x" })),
    },
  },
  Drains: {
    allowed: [(w) => w.role.lambda.send(new InvokeCommand({ FunctionName: functionOf(w, "drain"), ...drain }))],
    denied: {
      "invoke it by an alias that allows more": (w) =>
        w.role.lambda.send(new InvokeCommand({ FunctionName: functionOf(w, "operate"), ...drain })),
      "invoke it without an alias": (w) =>
        w.role.lambda.send(new InvokeCommand({ FunctionName: w.bridge["function_name"], ...drain })),
      "invoke another function": (w) => w.role.lambda.send(new InvokeCommand({ FunctionName: "another", ...drain })),
      "change it": (w) =>
        w.role.lambda.send(
          new UpdateFunctionConfigurationCommand({ FunctionName: w.bridge["function_name"], Timeout: 3 }),
        ),
    },
  },
  PushRead: {
    allowed: [
      async (w) => {
        await w.root.s3.send(new s3.PutObjectCommand({ Bucket: own(w), Key: "one/push/x", Body: "x" }));
        return get(own, "one/push/x")(w);
      },
    ],
    denied: {
      "write there": put(own, "one/push/x"),
      "delete there": (w) => w.role.s3.send(new s3.DeleteObjectCommand({ Bucket: own(w), Key: "one/push/x" })),
      "read beside it": get(own, "one/pushed/x"),
      "read another stream's place": get(own, "nobody/push/x"),
    },
  },
  PushGates: {
    // Nobody has made it: who may invoke it is told so.
    allowed: [(w) => isMissing(w.role.lambda.send(new InvokeCommand({ FunctionName: "scanner" })))],
    denied: {
      "invoke another gate": (w) => w.role.lambda.send(new InvokeCommand({ FunctionName: "scanner-of-others" })),
      "read its code": (w) => w.role.lambda.send(new GetFunctionCommand({ FunctionName: "scanner" })),
    },
  },
  PushTags: {
    allowed: [
      async (w) => {
        const place = { Bucket: own(w), Key: "one/push/z" };
        const { VersionId } = await w.root.s3.send(new s3.PutObjectCommand({ ...place, Body: "x", Tagging: "a=b" }));
        await w.role.s3.send(new s3.GetObjectTaggingCommand(place));
        return w.role.s3.send(new s3.GetObjectTaggingCommand({ ...place, VersionId }));
      },
    ],
    denied: {
      "set them": (w) =>
        w.role.s3.send(
          new s3.PutObjectTaggingCommand({
            Bucket: own(w),
            Key: "one/push/z",
            Tagging: { TagSet: [{ Key: "GuardDutyMalwareScanStatus", Value: "NO_THREATS_FOUND" }] },
          }),
        ),
      "read those of a stream without GuardDuty": (w) =>
        w.role.s3.send(new s3.GetObjectTaggingCommand({ Bucket: own(w), Key: "two/push/x" })),
    },
  },
  PushList: {
    allowed: [list("one/push/"), listVersions("one/push/x")],
    denied: {
      "list the whole bucket": list(),
      "list beside it": list("nobody/"),
      "list the whole bucket's versions": listVersions(),
      "list versions beside it": listVersions("nobody/"),
    },
  },
  PushDecrypt: {
    allowed: [
      async (w) => {
        await w.root.s3.send(new s3.PutObjectCommand({ Bucket: own(w), Key: "one/push/y", Body: "x" }));
        return get(own, "one/push/y")(w);
      },
    ],
    denied: { "decrypt other than through S3": decryptWith("push"), "another key": decryptWith("other") },
  },
  PullWrite: {
    allowed: [
      put(own, "one/pull/x"),
      get(own, "one/pull/x"),
      async (w) => {
        const place = { Bucket: own(w), Key: "one/pull/large" };
        const { UploadId } = await w.role.s3.send(new s3.CreateMultipartUploadCommand(place));
        await w.role.s3.send(new s3.ListPartsCommand({ ...place, UploadId }));
        return w.role.s3.send(new s3.AbortMultipartUploadCommand({ ...place, UploadId }));
      },
    ],
    denied: {
      "write beside it": put(own, "one/pulled/x"),
      "write to a stream without a pull": put(own, "two/pull/x"),
      "delete there": (w) => w.role.s3.send(new s3.DeleteObjectCommand({ Bucket: own(w), Key: "one/pull/x" })),
    },
  },
  PullUploads: {
    allowed: [(w) => w.role.s3.send(new s3.ListMultipartUploadsCommand({ Bucket: own(w) }))],
    denied: { "another bucket": (w) => w.role.s3.send(new s3.ListMultipartUploadsCommand({ Bucket: config(w) })) },
  },
  PullList: {
    allowed: [list("one/pull/")],
    denied: { "list beside it": list("one/pulled/"), "list versions": listVersions("one/pull/") },
  },
  PullEncrypt: {
    allowed: [put(own, "one/pull/y")],
    denied: {
      "decrypt other than through S3": decryptWith("pull"),
      "a data key other than through S3": (w) =>
        w.role.kms.send(new GenerateDataKeyCommand({ KeyId: w.keys.pull, KeySpec: "AES_256" })),
    },
  },
  Secrets: {
    allowed: [(w) => w.role.secrets.send(new GetSecretValueCommand({ SecretId: w.secretArn }))],
    denied: {
      "another secret": (w) => w.role.secrets.send(new GetSecretValueCommand({ SecretId: w.otherSecretArn })),
      "change it": (w) => w.role.secrets.send(new PutSecretValueCommand({ SecretId: w.secretArn, SecretString: "x" })),
    },
  },
  SecretsmanagerDecrypt: {
    allowed: [],
    denied: { "decrypt other than through Secrets Manager": decryptWith("secret") },
  },
  Parameters: {
    allowed: [(w) => w.role.ssm.send(new GetParameterCommand({ Name: "/sftp/acme", WithDecryption: true }))],
    denied: {
      "another parameter": (w) => w.role.ssm.send(new GetParameterCommand({ Name: "/sftp/other" })),
      "change it": (w) =>
        w.role.ssm.send(new PutParameterCommand({ Name: "/sftp/acme", Value: "y", Type: "String", Overwrite: true })),
    },
  },
  SsmDecrypt: { allowed: [], denied: { "decrypt other than through SSM": decryptWith("parameter") } },
  PrivateKeys: {
    allowed: [get(() => "keys-of-the-test", "acme/key")],
    denied: {
      "another object": get(() => "keys-of-the-test", "other/key"),
      "write it": put(() => "keys-of-the-test", "acme/key"),
    },
  },
  S3Decrypt: { allowed: [], denied: { "decrypt other than through S3": decryptWith("bucket") } },
  PrivateKeysDecrypt: { allowed: [decryptWith("object")], denied: { "another key": decryptWith("other") } },
};
