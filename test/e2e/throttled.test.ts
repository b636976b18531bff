/**
 * Where Lambda throttles: a new account runs ten invocations at one time, and other functions use them as well. Partners take
 * turns with what is left, nothing is lost, and the alarm tells of it and ends.
 */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import test from "ava";
import { openTable } from "../../lambda/src/journal/dynamo.ts";
import { requestPoll } from "../../lambda/src/journal/polls.ts";
import { requestDynamo } from "../../lambda/src/journal/requests.ts";
import { aws } from "../stack/aws-cli.ts";
import {
  awsConfig,
  createSecret,
  openConfiguration,
  type Stack,
  startSshd,
  startStack,
  until,
} from "../stack/index.ts";
import { createFunction } from "./helpers/function.ts";
import { invoke } from "./helpers/invoke.ts";
import { startRelay } from "./helpers/relay.ts";

/** Of a new account; docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html */
const concurrency = 10;
const partners = 33;
const pushes = 12;

/** A function of somebody else, of which each invocation stays until it is let go. */
const startOther = async (stack: Stack) => {
  const folder = join(stack.folder, "other");
  mkdirSync(folder);
  const source = `
    const { existsSync, writeFileSync } = require("node:fs");
    exports.handler = async ({ name }) => {
      writeFileSync(${JSON.stringify(folder)} + "/" + name, "");
      while (!existsSync(${JSON.stringify(folder)} + "/go")) await new Promise((resolve) => setTimeout(resolve, 200));
    };`;
  await createFunction(stack, "other", source, 600);
  const lambda = new LambdaClient(awsConfig(stack));
  return {
    /** Takes so many of the account's invocations, and returns when it has them. */
    take: async (count: number) => {
      const before = readdirSync(folder).length;
      for (let n = 0; n < count; n++) {
        const Payload = Buffer.from(JSON.stringify({ name: `${before + n}` }));
        await lambda.send(new InvokeCommand({ FunctionName: "other", InvocationType: "Event", Payload }));
      }
      await until(`${count} more invocations of the other function`, 60, () =>
        readdirSync(folder).length === before + count ? true : undefined,
      );
    },
    letGo: () => {
      if (!existsSync(join(folder, "go"))) writeFileSync(join(folder, "go"), "");
    },
  };
};

test("with two of ten invocations left partners take turns; with none nothing is lost, and the alarm tells of it", async (t) => {
  const [stack, server] = await Promise.all([
    startStack({ aws: { concurrency } }),
    startSshd({ config: { MaxStartups: "100" } }),
  ]);
  t.teardown(() => Promise.all([stack.stop(), server.stop()]));
  const relays = await Promise.all(Array.from({ length: partners }, () => startRelay(() => server.port)));
  t.teardown(() => {
    for (const relay of relays) relay.stop();
  });
  const private_key = { secret_arn: await createSecret(stack, "sftp/key", server.key.privateKey) };
  const streams = Object.fromEntries(
    relays.map(({ port }, n) => [
      `p${n}`,
      {
        sftp: { host: server.host, port, username: server.username, host_keys: [server.fingerprint], private_key },
        pull: { sftp: `out${n}`, schedule: "rate(1 day)", after: "delete" },
        push: { sftp: `in${n}` },
      },
    ]),
  );
  for (const n of relays.keys()) {
    server.files.write(`out${n}/file`, `of partner ${n}`);
    server.files.mkdir(`in${n}`);
  }
  const workspace = await openConfiguration(stack, {
    "main.tf": `module "bridge" {
  source        = "../.."
  name          = "throttled"
  force_destroy = true
  monitoring    = { dashboard = false, queries = false }
  streams       = { for name, stream in jsondecode(file("streams.json")) : name => merge(stream, { alarms = { off = ["all"] } }) }
  # A batch that was turned away comes back a minute after that.
  timeout       = 30
}
output "bridge" { value = module.bridge }
`,
    "streams.json": JSON.stringify(streams),
  });
  const { bridge } = (await workspace.apply()) as { bridge: Record<string, string> };
  const { bucket = "", function_name: functionName = "", table_name: tableName = "" } = bridge;
  // The ticks are the test's.
  await aws(stack, "events", "disable-rule", "--name", `${functionName}-tick`);
  const other = await startOther(stack);
  t.teardown(other.letGo);

  const dynamodb = new DynamoDBClient(awsConfig(stack));
  const s3 = new S3Client(awsConfig(stack));
  const sqs = new SQSClient(awsConfig(stack));
  const cloudwatch = new CloudWatchClient(awsConfig(stack));
  t.teardown(() => {
    for (const client of [dynamodb, s3, sqs, cloudwatch]) client.destroy();
  });
  const table = openTable(requestDynamo(dynamodb), tableName, () => undefined);
  let nonces = 0;
  const fallsDue = (n: number) =>
    requestPoll(table, {
      partner: `${server.username}@${server.host}:${relays[n]?.port}`,
      stream: `p${n}`,
      now: Date.now(),
      nonce: () => `test-${++nonces}`,
    });
  const tick = () => invoke(stack, functionName, { action: "tick" });
  const alarm = async () => {
    const AlarmNames = ["throttled/throttles"];
    return (await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames }))).MetricAlarms?.[0]?.StateValue;
  };

  // Two invocations are left, and partners for five: those that aren't served by one tick are by the next ones, also while
  // one partner always has something new.
  await other.take(concurrency - 2);
  await Promise.all(relays.keys().map(fallsDue));
  let ticks = 0;
  await until("the files of all partners", 240, async () => {
    server.files.write("out0/file", `again ${ticks}`);
    await fallsDue(0);
    ticks++;
    const { failed, payload } = await tick().catch((error: unknown) => ({ failed: false, payload: error }));
    t.false(failed, JSON.stringify(payload));
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
    return Contents.filter(({ Key }) => /^p\d+\/pull\/file$/.test(Key ?? "")).length === partners ? true : undefined;
  });
  t.log(`${partners} partners were served with ${ticks} ticks`);
  t.true(ticks <= 8, `${ticks} ticks`);

  // None is left: ticks and events are turned away.
  await until("the bridge to be at rest", 60, async () => {
    await other.take(2);
    return true;
  });
  const put = (n: number) =>
    s3.send(new PutObjectCommand({ Bucket: bucket, Key: `p${n}/push/order`, Body: `to partner ${n}` }));
  await Promise.all(Array.from({ length: pushes }, (_, n) => put(n)));
  const inQueue = async (url: string | undefined) => {
    const AttributeNames = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"] as const;
    const { Attributes = {} } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...AttributeNames] }),
    );
    return AttributeNames.reduce((sum, name) => sum + Number(Attributes[name]), 0);
  };
  await until("all events to be in the queue", 60, async () =>
    (await inQueue(bridge["queue_url"])) === pushes ? true : undefined,
  );
  for (let minute = 0; minute < 4; minute++) {
    await t.throwsAsync(tick(), { name: "TooManyRequestsException" });
    stack.advanceCloudWatch(60);
  }
  await until("the alarm on throttles", 30, async () => ((await alarm()) === "ALARM" ? true : undefined));
  t.is(await inQueue(bridge["queue_url"]), pushes, "every event is still there");
  t.is(await inQueue(bridge["dead_letter_queue_url"]), 0);

  // The others have ended: what was turned away comes back by itself.
  other.letGo();
  await until("all pushes to arrive", 240, () =>
    Array.from({ length: pushes }, (_, n) => n).every((n) => server.files.exists(`in${n}/order`)) ? true : undefined,
  );
  for (let n = 0; n < pushes; n++) t.is(server.files.read(`in${n}/order`).toString(), `to partner ${n}`);
  t.is(await inQueue(bridge["dead_letter_queue_url"]), 0);
  stack.advanceCloudWatch(15 * 60);
  await until("the alarm to end", 30, async () => ((await alarm()) === "OK" ? true : undefined));
});
