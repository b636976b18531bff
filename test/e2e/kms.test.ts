/** Customer-managed keys: one for all that the module makes, and those of buckets and secrets that were there before. */
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DescribeTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { GetFunctionConfigurationCommand, LambdaClient } from "@aws-sdk/client-lambda";
import {
  CreateBucketCommand,
  GetBucketEncryptionCommand,
  HeadObjectCommand,
  PutBucketEncryptionCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { GetTopicAttributesCommand, SNSClient } from "@aws-sdk/client-sns";
import { GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import test from "ava";
import { awsConfig, openConfiguration, type Stack, startSshd, startStack, until } from "../stack/index.ts";
import { invoke } from "./helpers/invoke.ts";
import { entriesOf } from "./helpers/journal.ts";

/** A bucket whose objects a key of its own encrypts; returns the key. */
const encryptedBucket = async (stack: Stack, s3: S3Client, Bucket: string): Promise<string> => {
  const key = (await new KMSClient(awsConfig(stack)).send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? "";
  await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: "eu-central-1" } }));
  await s3.send(
    new PutBucketEncryptionCommand({
      Bucket,
      ServerSideEncryptionConfiguration: {
        Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: key } }],
      },
    }),
  );
  return key;
};

/** By thing that the module makes, the key that encrypts it. */
const keysInUse = async (stack: Stack, bridge: Record<string, string>): Promise<Record<string, unknown>> => {
  const config = awsConfig(stack);
  const s3 = new S3Client({ ...config, forcePathStyle: true });
  const sqs = new SQSClient(config);
  const bucketKey = async (Bucket: string | undefined) =>
    (await s3.send(new GetBucketEncryptionCommand({ Bucket }))).ServerSideEncryptionConfiguration?.Rules?.[0]
      ?.ApplyServerSideEncryptionByDefault?.KMSMasterKeyID;
  const queueKey = async (QueueUrl: string | undefined) =>
    (await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["KmsMasterKeyId"] }))).Attributes?.[
      "KmsMasterKeyId"
    ];
  const { logGroups } = await new CloudWatchLogsClient(config).send(
    new DescribeLogGroupsCommand({ logGroupNamePrefix: bridge["log_group_name"] }),
  );
  const { Table } = await new DynamoDBClient(config).send(
    new DescribeTableCommand({ TableName: bridge["table_name"] }),
  );
  const topic = await new SNSClient(config).send(
    new GetTopicAttributesCommand({ TopicArn: bridge["alarm_topic_arn"] }),
  );
  const lambda = await new LambdaClient(config).send(
    new GetFunctionConfigurationCommand({ FunctionName: bridge["function_name"] }),
  );
  return {
    bucket: await bucketKey(bridge["bucket"]),
    configuration: await bucketKey((bridge["config"] as unknown as { bucket: string }).bucket),
    "dead letters": await queueKey(bridge["dead_letter_queue_url"]),
    environment: lambda.KMSKeyArn,
    events: await queueKey(bridge["queue_url"]),
    journal: Table?.SSEDescription?.KMSMasterKeyArn,
    log: logGroups?.[0]?.kmsKeyId,
    topic: topic.Attributes?.["KmsMasterKeyId"],
    undelivered: await queueKey(bridge["undelivered_queue_url"]),
  };
};

test("one key encrypts all that the module makes, keys of existing buckets and of a private key are granted, others aren't", async (t) => {
  const [stack, acme] = await Promise.all([startStack(), startSshd()]);
  t.teardown(() => Promise.all([stack.stop(), acme.stop()]));
  const s3 = new S3Client({ ...awsConfig(stack), forcePathStyle: true });
  const filesKey = await encryptedBucket(stack, s3, "our-files");
  const secretKey = await encryptedBucket(stack, s3, "our-keys");
  await encryptedBucket(stack, s3, "not-granted");
  // Encrypted by S3 alone, as it is put.
  await s3.send(new PutObjectCommand({ Bucket: "our-keys", Key: "acme", Body: acme.key.privateKey }));
  for (const folder of ["own", "existing", "denied"]) acme.files.mkdir(`${folder}/in`);

  const sftp = {
    host: acme.host,
    port: acme.port,
    username: acme.username,
    host_keys: [acme.fingerprint],
    private_key: { s3: "our-keys/acme", kms_key_arn: secretKey },
  };
  const both = (name: string, bucket?: string, kms_key_arn?: string) => ({
    sftp,
    push: { s3: bucket && `${bucket}/${name}/push`, sftp: `${name}/in`, kms_key_arn },
    pull: { s3: bucket && `${bucket}/${name}/pull`, sftp: `${name}/out`, schedule: "rate(1 day)", kms_key_arn },
  });
  const workspace = await openConfiguration(stack, {
    "main.tf": `variable "kms_key" { type = any }
module "bridge" {
  source                        = "../.."
  name                          = "keys"
  create_bucket                 = true
  enable_eventbridge_on_buckets = ["our-files", "not-granted"]
  force_destroy                 = true
  kms_key                       = var.kms_key
  streams                       = jsondecode(file("streams.json"))
}
output "bridge" { value = module.bridge }
`,
    "streams.json": JSON.stringify({
      own: both("own"),
      existing: both("existing", "our-files", filesKey),
      denied: both("denied", "not-granted"),
    }),
  });
  const { bridge } = (await workspace.apply({ kms_key: { create: true } })) as { bridge: Record<string, string> };
  t.deepEqual(await workspace.plan(), []);

  const key = bridge["kms_key_arn"] ?? "";
  t.regex(key, /^arn:aws:kms:eu-central-1:123456789012:key\//);
  for (const [thing, used] of Object.entries(await keysInUse(stack, bridge))) t.is(used, key, thing);

  const places = { own: bridge["bucket"] ?? "", existing: "our-files", denied: "not-granted" };
  for (const [name, Bucket] of Object.entries(places)) {
    acme.files.write(`${name}/out/b.txt`, `from ${name}`);
    await s3.send(new PutObjectCommand({ Bucket, Key: `${name}/push/a.txt`, Body: `to ${name}` }));
  }
  for (const name of ["own", "existing"]) {
    await until(`the file of ${name}`, 60, () => acme.files.exists(`${name}/in/a.txt`) || undefined);
    t.is(acme.files.read(`${name}/in/a.txt`).toString(), `to ${name}`);
  }
  await invoke(stack, bridge["function_name"] ?? "", { action: "poll", streams: Object.keys(places) });
  for (const [name, used] of [
    ["own", key],
    ["existing", filesKey],
  ] as const) {
    const head = await until(`the pulled file of ${name}`, 60, () =>
      s3
        .send(new HeadObjectCommand({ Bucket: places[name as "own"], Key: `${name}/pull/b.txt` }))
        .catch(() => undefined),
    );
    t.is(head.SSEKMSKeyId, used);
  }

  // Without a grant nothing moves, nothing is lost, and it is said which file it was and why.
  const refused = await until("both files of the stream without a grant to fail", 90, async () => {
    const entries = await entriesOf(stack, bridge["table_name"] ?? "", "denied");
    const failed = entries.flatMap(({ direction, last_error }) =>
      last_error ? [{ direction, message: last_error.message }] : [],
    );
    return failed.length === 2 ? failed : undefined;
  });
  t.deepEqual(refused.map(({ direction }) => direction).sort(), ["pull", "push"]);
  for (const { message } of refused) t.regex(message, /Stream denied: .*AccessDenied.*kms_key_arn/);
  t.deepEqual(
    acme.files.list().filter((path) => path.startsWith("denied/")),
    ["denied/out/b.txt"],
  );

  // Without the key again: what the function reads is encrypted anew, and it goes on with a role that has no key.
  const { bridge: after } = (await workspace.apply({ kms_key: null })) as { bridge: Record<string, unknown> };
  t.deepEqual(await workspace.plan(), []);
  t.is(after["kms_key_arn"], null);
  await s3.send(new PutObjectCommand({ Bucket: "our-files", Key: "existing/push/later.txt", Body: "later" }));
  await until("a file without the module's key", 60, () => acme.files.exists("existing/in/later.txt") || undefined);
});
