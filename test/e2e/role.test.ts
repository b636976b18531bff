/**
 * The function's role, statement by statement: what it may do works, and what lies just outside is denied. The calls are
 * made with a session of the role itself, on an emulator that evaluates its policies. A statement without a case here fails.
 */
import { CloudWatchLogsClient, CreateLogGroupCommand, CreateLogStreamCommand } from "@aws-sdk/client-cloudwatch-logs";
import * as dynamodb from "@aws-sdk/client-dynamodb";
import {
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import {
  CreateKeyCommand,
  DecryptCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  KMSClient,
} from "@aws-sdk/client-kms";
import { InvokeCommand, LambdaClient, UpdateFunctionConfigurationCommand } from "@aws-sdk/client-lambda";
import * as s3 from "@aws-sdk/client-s3";
import { GetSecretValueCommand, PutSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import * as sqs from "@aws-sdk/client-sqs";
import { GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import test from "ava";
import { openObjectStore } from "../../lambda/src/transfer/s3.ts";
import { awsConfig, openConfiguration, type Stack, startStack } from "../stack/index.ts";
import { createSecret } from "../stack/secrets.ts";

const clientsOf = (config: ReturnType<typeof awsConfig>) => ({
  s3: new s3.S3Client({ ...config, forcePathStyle: true }),
  dynamodb: new dynamodb.DynamoDBClient(config),
  sqs: new sqs.SQSClient(config),
  logs: new CloudWatchLogsClient(config),
  secrets: new SecretsManagerClient(config),
  ssm: new SSMClient(config),
  kms: new KMSClient(config),
  lambda: new LambdaClient(config),
});

const start = async () => {
  const stack = await startStack();
  try {
    return await prepare(stack);
  } catch (error) {
    await stack.stop();
    throw error;
  }
};

const prepare = async (stack: Stack) => {
  const root = clientsOf(awsConfig(stack));
  const iam = new IAMClient(awsConfig(stack));
  const keyOf = async () => (await root.kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? "";
  const [pushKey, pullKey, secretKey, parameterKey, objectKey, bucketKey, otherKey] = await Promise.all(
    Array.from({ length: 7 }, keyOf),
  );
  const secretArn = await createSecret(stack, "sftp/acme", "a key");
  const otherSecretArn = await createSecret(stack, "sftp/other", "another key");
  for (const name of ["/sftp/acme", "/sftp/other"]) {
    await root.ssm.send(new PutParameterCommand({ Name: name, Value: "x", Type: "SecureString" }));
  }
  await root.s3.send(
    new s3.CreateBucketCommand({
      Bucket: "keys-of-the-test",
      CreateBucketConfiguration: { LocationConstraint: "eu-central-1" },
    }),
  );
  for (const key of ["acme/key", "other/key"]) {
    await root.s3.send(new s3.PutObjectCommand({ Bucket: "keys-of-the-test", Key: key, Body: "x" }));
  }
  const sftp = { host: "sftp.example.com", host_keys: [`SHA256:${"A".repeat(43)}`] };
  const streams = {
    one: {
      sftp: { ...sftp, username: "one", private_key: { secret_arn: secretArn, kms_key_arn: secretKey } },
      push: { kms_key_arn: pushKey, sftp: "in" },
      pull: { schedule: "rate(1 hour)", kms_key_arn: pullKey, sftp: "out" },
    },
    two: {
      sftp: { ...sftp, username: "two", password: { ssm_parameter: "/sftp/acme", kms_key_arn: parameterKey } },
      push: {},
    },
    three: {
      sftp: {
        ...sftp,
        username: "three",
        private_key: { s3: "keys-of-the-test/acme/key", kms_key_arn: objectKey, bucket_kms_key_arn: bucketKey },
      },
      push: {},
    },
  };
  const workspace = await openConfiguration(stack, {
    "main.tf": `module "bridge" {
  source        = "../.."
  name          = "role"
  force_destroy = true
  kms_key       = { create = true }
  streams       = jsondecode(file("streams.json"))
}
output "bridge" { value = module.bridge }
`,
    "streams.json": JSON.stringify(streams),
  });
  const { bridge } = (await workspace.apply()) as {
    bridge: Record<string, string> & { config: { bucket: string; key: string } };
  };

  const trust = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
  };
  await iam.send(
    new UpdateAssumeRolePolicyCommand({ RoleName: bridge["role_name"], PolicyDocument: JSON.stringify(trust) }),
  );
  const { Credentials: session } = await new STSClient(awsConfig(stack)).send(
    new AssumeRoleCommand({ RoleArn: bridge["role_arn"], RoleSessionName: "test" }),
  );
  if (!session?.AccessKeyId || !session.SecretAccessKey || !session.SessionToken)
    throw new Error("no session of the role");
  const role = clientsOf(
    awsConfig(stack, {
      accessKeyId: session.AccessKeyId,
      secretAccessKey: session.SecretAccessKey,
      sessionToken: session.SessionToken,
    }),
  );
  return {
    stack,
    root,
    role,
    iam,
    bridge,
    secretArn,
    otherSecretArn,
    keys: {
      own: bridge["kms_key_arn"],
      push: pushKey,
      pull: pullKey,
      secret: secretKey,
      parameter: parameterKey,
      object: objectKey,
      bucket: bucketKey,
      other: otherKey,
    },
  };
};

type World = Awaited<ReturnType<typeof start>>;
let world: World;

test.before(async () => {
  world = await start();
});
test.after.always(() => world?.stack.stop());

type Call = (world: World) => Promise<unknown>;

interface Case {
  readonly allowed: readonly Call[];
  readonly denied: Readonly<Record<string, Call>>;
}

const get =
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
const own = (w: World) => w.bridge["bucket"] ?? "";
const config = (w: World) => w.bridge.config.bucket;
const table = (w: World) => w.bridge["table_name"] ?? "";
/** As a tick starts it; of a partner that nobody has configured, so that nothing is connected to. */
const drain = {
  InvocationType: "Event",
  Payload: Buffer.from(JSON.stringify({ action: "drain", partners: ["us@nowhere:22"] })),
} as const;
const key = { pk: { S: "of the test" }, sk: { S: "x" } };

/** A ciphertext under a key, decrypted by the role itself and not by a service for it. */
const decryptWith =
  (name: keyof World["keys"]): Call =>
  async (w) => {
    const { CiphertextBlob } = await w.root.kms.send(
      new EncryptCommand({ KeyId: w.keys[name], Plaintext: Buffer.from("x") }),
    );
    return w.role.kms.send(new DecryptCommand({ CiphertextBlob, KeyId: w.keys[name] }));
  };

const cases: Readonly<Record<string, Case>> = {
  Configuration: {
    allowed: [(w) => get(config, w.bridge.config.key)(w)],
    denied: { "write it": (w) => put(config, w.bridge.config.key)(w), "read elsewhere": get(config, "other/x") },
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
      "scan it": (w) => w.role.dynamodb.send(new dynamodb.ScanCommand({ TableName: table(w) })),
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
      (w) => w.role.sqs.send(new sqs.ReceiveMessageCommand({ QueueUrl: w.bridge["queue_url"] })),
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
    allowed: [(w) => w.role.lambda.send(new InvokeCommand({ FunctionName: w.bridge["function_name"], ...drain }))],
    denied: {
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

interface Statement {
  readonly Sid: string;
  readonly Effect: string;
}

/** Sids of everything that the role is given, without the number of those that come once per bucket. */
const statements = async ({ iam, bridge }: World): Promise<string[]> => {
  const RoleName = bridge["role_name"];
  const texts: string[] = [];
  const inline = await iam.send(new ListRolePoliciesCommand({ RoleName }));
  for (const PolicyName of inline.PolicyNames ?? []) {
    texts.push((await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }))).PolicyDocument ?? "");
  }
  const attached = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
  for (const { PolicyArn } of attached.AttachedPolicies ?? []) {
    const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }));
    const version = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: Policy?.DefaultVersionId }));
    texts.push(version.PolicyVersion?.Document ?? "");
  }
  return texts
    .map((text) => JSON.parse(decodeURIComponent(text)) as { Statement: Statement[] })
    .flatMap(({ Statement: all }) => all.map(({ Sid }) => Sid.replace(/\d+$/, "")));
};

test("every statement of the role has a case here, and nothing else", async (t) => {
  t.deepEqual([...new Set(await statements(world))].sort(), Object.keys(cases).sort());
});

const isDenial = (error: unknown): boolean =>
  error instanceof Error && /AccessDenied|NotAuthorized|Forbidden/.test(error.name);

for (const [sid, { allowed, denied }] of Object.entries(cases)) {
  test(`${sid}: what it allows works`, async (t) => {
    for (const call of allowed) await t.notThrowsAsync(call(world));
    t.pass();
  });
  for (const [what, call] of Object.entries(denied)) {
    test(`${sid}: denied is to ${what}`, async (t) => {
      const error = await t.throwsAsync(call(world), { any: true });
      t.true(isDenial(error), `${String(error)}`);
    });
  }
}

test("without TLS nothing is served: the buckets' policies say so", async (t) => {
  for (const bucket of [own(world), config(world)]) {
    const { Policy } = await world.root.s3.send(new s3.GetBucketPolicyCommand({ Bucket: bucket }));
    const { Statement: all } = JSON.parse(Policy ?? "") as { Statement: { Effect: string; Condition?: unknown }[] };
    t.true(
      all.some(
        ({ Effect, Condition }) =>
          Effect === "Deny" && JSON.stringify(Condition).includes('"aws:SecureTransport":"false"'),
      ),
    );
  }
});

test("what isn't there is told from what may not be read, although S3 answers 403 to both", async (t) => {
  const bucket = own(world);
  const store = openObjectStore(world.role.s3);
  const { signal } = new AbortController();
  const name = async (call: Promise<unknown>) => call.then(() => "an answer").catch((error: Error) => error.name);

  const gone = { bucket, key: "one/push/gone" };
  const { VersionId: versionId } = await world.root.s3.send(
    new s3.PutObjectCommand({ Bucket: bucket, Key: gone.key, Body: "x" }),
  );
  if (!versionId) throw new Error("the bucket has versions");
  t.is((await store.get(gone, { signal, versionId }))?.size, 1);
  await world.root.s3.send(new s3.DeleteObjectCommand({ Bucket: bucket, Key: gone.key }));
  t.is(await name(get(own, gone.key)(world)), "AccessDenied", "as AWS answers whoever may not list the whole bucket");
  t.is(await store.get(gone, { signal }), undefined);
  t.is(await store.head(gone), undefined);
  t.is((await store.get(gone, { signal, versionId }))?.size, 1, "the version itself is there still");
  await world.root.s3.send(new s3.DeleteObjectCommand({ Bucket: bucket, Key: gone.key, VersionId: versionId }));
  t.is(await store.get(gone, { signal, versionId }), undefined);

  const hidden = { bucket, key: "nobody/x" };
  t.is(await name(store.get(hidden, { signal })), "AccessDenied");
  await t.throwsAsync(store.head(hidden));
});
