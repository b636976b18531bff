/** Files of every kind, both ways, over what the complete example makes; and nothing left when it is destroyed. */
import { createHash, randomFillSync } from "node:crypto";
import { chownSync, closeSync, createReadStream, mkdirSync, openSync, statSync, utimesSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { IAMClient, ListPoliciesCommand, ListRolesCommand } from "@aws-sdk/client-iam";
import { LambdaClient, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { ListQueuesCommand, SQSClient } from "@aws-sdk/client-sqs";
import test, { type ExecutionContext } from "ava";
import { completeVariables, startPartners } from "../stack/complete.ts";
import {
  applyExample,
  awsConfig,
  functionProcesses,
  logsOf,
  metricsOf,
  type Stack,
  startStack,
  until,
} from "../stack/index.ts";
import { type Place, placeOf } from "../stack/places.ts";
import { invoke } from "./helpers/invoke.ts";

const mebibyte = 1024 * 1024;
/** Old beyond doubt: such a file needn't hold still first. */
const longAgo = new Date("2025-01-01T00:00:00Z");

const oddNames = [
  "plain.txt",
  "with space.txt",
  " leading and trailing ",
  "a+b.txt",
  "100%.txt",
  "%41%2F.txt",
  "hash#tag?.txt",
  "ünïcödé-日本-🚀.txt",
  "e\u0301-decomposed.txt",
  ".hidden",
  "-rf",
  "--help",
  "~tilde",
  'quote\'s "double".txt',
  "semi;colon&ampersand|pipe$HOME`x`.txt",
  "back\\slash.txt",
  "[brackets]{braces}*.txt",
  "tab\there.txt",
  `${"long".repeat(50)}`,
  "deep/er/and/deep er/file.txt",
  "a.b/c.d/.e/f",
  "empty",
];

const contentOf = (name: string): string => (name === "empty" ? "" : `content of ${name}`);

const client = (stack: Stack) => new S3Client({ ...awsConfig(stack), forcePathStyle: true });

const hashOf = async (chunks: AsyncIterable<Uint8Array>): Promise<string> => {
  const hash = createHash("sha256");
  for await (const chunk of chunks) hash.update(chunk);
  return hash.digest("hex");
};

/** Writes `size` random bytes to a file, and returns their SHA-256. */
const writeLarge = (path: string, size: number): string => {
  mkdirSync(dirname(path), { recursive: true });
  const hash = createHash("sha256");
  const file = openSync(path, "w");
  const block = Buffer.alloc(mebibyte);
  for (let left = size; left > 0; left -= block.byteLength) {
    randomFillSync(block);
    const piece = block.subarray(0, Math.min(left, block.byteLength));
    hash.update(piece);
    writeSync(file, piece);
  }
  closeSync(file);
  return hash.digest("hex");
};

const objectHash = async (stack: Stack, { bucket, prefix }: Place, name: string): Promise<string> => {
  const s3 = client(stack);
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: prefix + name }));
  const digest = await hashOf(Body as unknown as AsyncIterable<Uint8Array>);
  s3.destroy();
  return digest;
};

const exists = async (stack: Stack, { bucket, prefix }: Place, name: string): Promise<true | undefined> => {
  const s3 = client(stack);
  try {
    await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: prefix + name }));
    return true;
  } catch {
    return undefined;
  } finally {
    s3.destroy();
  }
};

const putText = async (stack: Stack, { bucket, prefix }: Place, name: string, text: string): Promise<void> => {
  const s3 = client(stack);
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: prefix + name, Body: text }));
  s3.destroy();
};

/** Everything on the account that carries the bridge's name. */
const leftovers = async (stack: Stack, name: string): Promise<string[]> => {
  const config = awsConfig(stack);
  const found = await Promise.all([
    client(stack)
      .send(new ListBucketsCommand({}))
      .then(({ Buckets = [] }) => Buckets.map((bucket) => bucket.Name)),
    new LambdaClient(config)
      .send(new ListFunctionsCommand({}))
      .then(({ Functions = [] }) => Functions.map((one) => one.FunctionName)),
    new DynamoDBClient(config).send(new ListTablesCommand({})).then(({ TableNames = [] }) => TableNames),
    new SQSClient(config).send(new ListQueuesCommand({})).then(({ QueueUrls = [] }) => QueueUrls),
    new IAMClient(config).send(new ListRolesCommand({})).then(({ Roles = [] }) => Roles.map((role) => role.RoleName)),
    new IAMClient(config)
      .send(new ListPoliciesCommand({ Scope: "Local" }))
      .then(({ Policies = [] }) => Policies.map((policy) => policy.PolicyName)),
    new CloudWatchLogsClient(config)
      .send(new DescribeLogGroupsCommand({}))
      .then(({ logGroups = [] }) => logGroups.map((group) => group.logGroupName)),
  ]);
  return found.flat().filter((one): one is string => one?.includes(name) ?? false);
};

const settingOf = async (stack: Stack, functionName: string): Promise<number> => {
  const { Functions = [] } = await new LambdaClient(awsConfig(stack)).send(new ListFunctionsCommand({}));
  return (Functions.find((one) => one.FunctionName === functionName)?.MemorySize ?? 0) * mebibyte;
};

/** A second plan finds nothing to change, other than what the emulator is at fault for. */
const assertSettled = async (
  t: ExecutionContext,
  plan: () => Promise<readonly { address: string }[]>,
): Promise<void> => {
  const changes = (await plan()).filter(({ address }) => !address.includes("aws_lambda_function_event_invoke_config"));
  t.deepEqual(changes, []);
};

test.serial(
  "complete: odd names and a large file, both ways, in bounded memory; the plan settles; destroy leaves nothing",
  async (t) => {
    const stack = await startStack();
    t.teardown(() => stack.stop());
    const partners = await startPartners();
    t.teardown(() => partners.stop());
    const { acme } = partners;
    const variables = await completeVariables(stack, partners);
    const bridge = await applyExample(stack, "complete", { ...variables, schedule: "rate(1 hour)" });
    const { places } = bridge.applied as {
      places: Record<string, { push: string; pull: string }>;
    };
    await assertSettled(t, () => bridge.plan());

    const functionName = "partner-files";
    const out = placeOf(places["acme"]?.push);
    const back = placeOf(places["acme"]?.pull);
    for (const name of oddNames) await putText(stack, out, name, contentOf(name));
    for (const name of oddNames) {
      await until(`${name} to be pushed`, 60, () => acme.files.exists(`inbox/${name}`) || undefined);
      t.is(acme.files.read(`inbox/${name}`).toString(), contentOf(name), name);
    }
    t.deepEqual(acme.files.list("inbox").toSorted(), oddNames.toSorted(), "and nothing else");

    for (const name of oddNames) {
      acme.files.write(`outbox/${name}`, contentOf(name));
      utimesSync(acme.files.path(`outbox/${name}`), longAgo, longAgo);
    }
    const poll = { action: "poll", streams: ["acme", "globex"] };
    t.false((await invoke(stack, functionName, poll)).failed);
    const s3 = client(stack);
    for (const name of oddNames) {
      await until(`${name} to be pulled`, 60, () => exists(stack, back, name));
      const object = await s3.send(new GetObjectCommand({ Bucket: back.bucket, Key: back.prefix + name }));
      t.is(await object.Body?.transformToString(), contentOf(name), name);
      t.is(object.Metadata?.["synched"], "true");
    }
    const done = acme.files.list("outbox");
    t.is(done.length, oddNames.length);
    t.true(
      done.every((path) => /(^|\/)\.done\/\d{14}-/.test(path)),
      done.join("\n"),
    );

    // 300 MB, there and back: by SHA-256, with the peak of the function's memory below its setting.
    const size = 300 * mebibyte;
    const path = acme.files.path("outbox/large.bin");
    const digest = writeLarge(path, size);
    const { uid, gid } = statSync(acme.files.path("outbox"));
    chownSync(path, uid, gid);
    utimesSync(path, longAgo, longAgo);
    t.false((await invoke(stack, functionName, poll)).failed);
    await until("the large file to be pulled", 120, () => exists(stack, back, "large.bin"));
    t.is(await objectHash(stack, back, "large.bin"), digest);

    const stored = acme.files.list("outbox").find((name) => name.endsWith("-large.bin"));
    await s3.send(
      new PutObjectCommand({
        Bucket: out.bucket,
        Key: `${out.prefix}large.bin`,
        Body: acme.files.read(`outbox/${stored}`),
      }),
    );
    await until("the large file to be pushed", 120, () => acme.files.exists("inbox/large.bin") || undefined);
    t.is(await hashOf(createReadStream(acme.files.path("inbox/large.bin"))), digest);
    const peak = Math.max(...functionProcesses(stack, functionName).map(({ peakMemory }) => peakMemory));
    const setting = await settingOf(stack, functionName);
    t.log(`peak memory of the function: ${Math.round(peak / mebibyte)} MiB of ${setting / mebibyte}`);
    t.true(peak > 0 && peak < setting);

    // What came from the partner doesn't go back: the module's bucket holds both prefixes, and nothing was echoed.
    t.deepEqual(acme.files.list("inbox").toSorted(), [...oddNames, "large.bin"].toSorted());

    // A rule of the original's, with two streams in its name.
    partners.globex.files.write("outgoing/report.csv", "a;b");
    utimesSync(partners.globex.files.path("outgoing/report.csv"), longAgo, longAgo);
    const legacy = {
      "detail-type": "Scheduled Event",
      source: "aws.events",
      resources: [`arn:aws:events:${stack.region}:${stack.accountId}:rule/acme.globex`],
    };
    t.false((await invoke(stack, functionName, legacy)).failed);
    await until("the report", 30, () => exists(stack, placeOf(places["globex"]?.pull), "report.csv"));
    t.deepEqual(partners.globex.files.list("outgoing"), [], "deleted at the partner, as the stream says");

    const lines = (await logsOf(stack, functionName)).map(({ message }) => message);
    t.true(lines.some((line) => /\[acme\]: Moved \d+ files from S3 to SFTP/.test(line)));
    t.true(lines.some((line) => /\[acme\]: Moved \d+ files from SFTP to S3/.test(line)));
    const points = await metricsOf(stack, functionName, "partner-files");
    const sum = (metric: string, stream: string) =>
      points
        .filter((point) => point.metric === metric && point.dimensions["stream"] === stream)
        .flatMap(({ values }) => values)
        .reduce((total, value) => total + value, 0);
    t.is(sum("s3-to-sftp", "acme"), oddNames.length + 1);
    t.is(sum("sftp-to-s3", "acme"), oddNames.length + 1);
    t.true(sum("sftp-to-s3-bytes", "acme") > size);

    s3.destroy();
    await bridge.destroy();
    t.deepEqual(await leftovers(stack, "partner-files"), []);
  },
);
