/** Every example, applied as a user would: files cross, a second plan has nothing to do, destroy leaves nothing. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { S3Client } from "@aws-sdk/client-s3";
import { DeleteQueueCommand, GetQueueUrlCommand, SQSClient } from "@aws-sdk/client-sqs";
import test, { type ExecutionContext } from "ava";
import { completeVariables, startPartners } from "../stack/complete.ts";
import {
  applyExample,
  awsConfig,
  createSecret,
  logsOf,
  metricsOf,
  type Stack,
  startPasswordServer,
  startSshd,
  startStack,
  until,
} from "../stack/index.ts";
import { repository } from "../stack/tools.ts";
import { reportsWhatItMoved } from "./helpers/daily-reports.ts";
import { denyTheBus } from "./helpers/denied-bus.ts";
import { inventory } from "./helpers/leftovers.ts";
import { putObject, readObject } from "./helpers/objects.ts";
import { startOnCall } from "./helpers/on-call.ts";

type Applied = Awaited<ReturnType<typeof applyExample>>;
type Bridge = Readonly<Record<"function_name" | "metric_namespace" | "role_name" | "table_name", string>>;

/** By example: brings it to life with real partners, moves files, and returns when they have arrived. */
const exercises: Readonly<Record<string, (t: ExecutionContext, stack: Stack, s3: S3Client) => Promise<Applied>>> = {
  push: async (t, stack, s3) => {
    const partner = await startSshd();
    t.teardown(() => partner.stop());
    partner.files.mkdir("inbox");
    const example = await applyExample(stack, "push", {
      force_destroy: true,
      partner: {
        host: partner.host,
        port: partner.port,
        username: partner.username,
        host_keys: partner.knownHosts.split("\n"),
      },
      private_key_secret_arn: await createSecret(stack, "sftp/acme", partner.key.privateKey),
    });
    await putObject(s3, example.applied["upload_to"], "2026/01/order.csv", "one");
    await until("the order to arrive", 60, () => partner.files.exists("inbox/2026/01/order.csv") || undefined);
    t.is(partner.files.read("inbox/2026/01/order.csv").toString(), "one");
    t.deepEqual(partner.files.list(), ["inbox/2026/01/order.csv"]);
    return example;
  },

  pull: async (t, stack, s3) => {
    const partner = await startPasswordServer();
    t.teardown(() => partner.stop());
    partner.files.write("outbox/daily/report.csv", "two");
    const example = await applyExample(stack, "pull", {
      force_destroy: true,
      partner: { host: partner.host, port: partner.port, username: partner.username, host_keys: [partner.fingerprint] },
      password_secret_arn: await createSecret(stack, "sftp/acme", partner.password),
      schedule: "rate(1 minute)",
    });
    // By the schedule itself: nobody invokes the function here.
    const content = await until("the report to arrive by the schedule", 150, () =>
      readObject(s3, example.applied["files"], "daily/report.csv"),
    );
    t.is(content.toString(), "two");
    const done = await until("the report to be moved", 30, () => {
      const files = partner.files.list();
      return files.includes("outbox/daily/report.csv") ? undefined : files;
    });
    t.is(done.length, 1);
    t.regex(done[0] ?? "", /^outbox\/daily\/\.done\/\d{14}-report\.csv$/);
    return example;
  },

  events: async (t, stack, s3) => {
    const partner = await startSshd();
    t.teardown(() => partner.stop());
    partner.files.mkdir("inbox");
    const example = await applyExample(stack, "events", {
      force_destroy: true,
      partner: {
        host: partner.host,
        port: partner.port,
        username: partner.username,
        host_keys: partner.knownHosts.split("\n"),
      },
      private_key_secret_arn: await createSecret(stack, "sftp/acme", partner.key.privateKey),
      state_machine_arn: "arn:aws:states:eu-west-1:000000000000:stateMachine:ticket",
      webhook: { url: "https://127.0.0.1:1/files" },
      webhook_key: "key",
    });
    const bridge = example.applied["bridge"] as Bridge;
    const uploadTo = example.applied["upload_to"];
    const onCall = await startOnCall(stack, bridge.function_name, String(example.applied["mail_topic_arn"]));
    t.teardown(onCall.close);
    await putObject(s3, uploadTo, "order.csv", "one");
    const text = await until("the mail", 90, async () => (await onCall.bodies())[0]);
    t.regex(text, /Push Delivered: order\.csv of stream acme \(revision [\w-]+\)/);
    t.is(partner.files.read("inbox/order.csv").toString(), "one");
    await denyTheBus(t, stack, { s3, uploadTo, partner, bridge, onCall });
    await removeQueue(t, stack);
    return example;
  },

  complete: async (t, stack, s3) => {
    const partners = await startPartners();
    t.teardown(() => partners.stop());
    const { acme, globex } = partners;
    const example = await applyExample(stack, "complete", await completeVariables(stack, partners));
    const places = example.applied["places"] as Record<string, { push: string; pull: string }>;
    await putObject(s3, places["acme"]?.push, "a.txt", "to acme");
    await putObject(s3, places["globex"]?.push, "b.csv", "to globex");
    await putObject(s3, places["globex"]?.push, "b.txt", "no order, so it stays here");
    await putObject(s3, places["globex"]?.pull, "d.txt", "of last month");
    acme.files.write("outbox/c.txt", "from acme");
    globex.files.write("outgoing/d.txt", "from globex");
    await until("both pushes to arrive", 60, () =>
      acme.files.exists("inbox/a.txt") && globex.files.exists("incoming/orders/b.csv") ? true : undefined,
    );
    t.is(acme.files.read("inbox/a.txt").toString(), "to acme");
    t.is(globex.files.read("incoming/orders/b.csv").toString(), "to globex");
    const pulled = await until("both pulls to arrive by the schedule", 150, async () => {
      const c = await readObject(s3, places["acme"]?.pull, "c.txt");
      const d = await readObject(s3, places["globex"]?.pull, "d-1.txt");
      return c !== undefined && d !== undefined ? [c.toString(), d.toString()] : undefined;
    });
    t.deepEqual(pulled, ["from acme", "from globex"]);
    t.is((await readObject(s3, places["globex"]?.pull, "d.txt"))?.toString(), "of last month", "its place isn't taken");
    await until("globex's file to be deleted", 30, () => !globex.files.exists("outgoing/d.txt") || undefined);
    t.deepEqual(
      globex.files.list(),
      ["incoming/orders/b.csv"],
      "what no pattern includes is not sent, nor what was pulled",
    );
    const bridge = example.applied["bridge"] as Bridge;
    await tellsWhatItMoved(t, stack, bridge);
    await reportsWhatItMoved(t, stack, s3, {
      table: bridge.table_name,
      reports: example.applied["daily_reports"],
      stream: "globex",
      path: "b.csv",
      content: "to globex",
    });
    return example;
  },
};

/** Of whoever read the mails. */
async function removeQueue(t: ExecutionContext, stack: Stack): Promise<void> {
  const sqs = new SQSClient(awsConfig(stack));
  t.teardown(() => sqs.destroy());
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: "on-call" }));
  await sqs.send(new DeleteQueueCommand({ QueueUrl }));
}

/** Counts by stream in metrics, and the line that the original wrote. */
async function tellsWhatItMoved(t: ExecutionContext, stack: Stack, bridge: Bridge): Promise<void> {
  const sum = async (metric: string, stream: string) =>
    (await metricsOf(stack, bridge.function_name, bridge.metric_namespace))
      .filter((point) => point.metric === metric && point.dimensions["stream"] === stream)
      .flatMap(({ values }) => values)
      .reduce((total, value) => total + value, 0);
  for (const stream of ["acme", "globex"]) {
    await until(`the metrics of ${stream}`, 30, async () => ((await sum("sftp-to-s3", stream)) > 0 ? true : undefined));
    t.is(await sum("s3-to-sftp", stream), 1);
    t.is(await sum("sftp-to-s3", stream), 1);
  }
  t.is(await sum("s3-to-sftp-bytes", "acme"), "to acme".length);
  t.is(await sum("sftp-to-s3-bytes", "globex"), "from globex".length);
  const lines = (await logsOf(stack, bridge.function_name)).map(({ message }) => message);
  for (const stream of ["acme", "globex"]) {
    t.true(lines.some((line) => line.includes(`[${stream}]: Moved 1 files from S3 to SFTP`)));
    t.true(lines.some((line) => line.includes(`[${stream}]: Moved 1 files from SFTP to S3`)));
  }
}

/** Exercised in files of their own: more is to be seen there than files that cross. */
const elsewhere = [
  "cross-account-bucket",
  "encrypted",
  "existing-vpc-and-buckets",
  "fixed-address",
  "many-partners-from-yaml",
  // No emulator has GuardDuty: test/module/example-names plans it, unit/pull/gate gives its tags.
  "malware-scan",
  "migrate-from-gilt",
  // Planned by test/module/example-names; e2e/markers applies what it has.
  "names-and-markers",
  "through-a-jump-host",
];

test("every example is exercised, here or in a file of its own", (t) => {
  const examples = readdirSync(join(repository, "examples"), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  t.deepEqual(examples.map(({ name }) => name).sort(), [...Object.keys(exercises), ...elsewhere].sort());
});

for (const [name, exercise] of Object.entries(exercises))
  test(`examples/${name}: files cross, a second plan has nothing to do, destroy leaves nothing`, async (t) => {
    const stack = await startStack();
    t.teardown(() => stack.stop());
    const s3 = new S3Client(awsConfig(stack));
    t.teardown(() => s3.destroy());
    const before = await inventory(stack);
    const example = await exercise(t, stack, s3);
    t.deepEqual(await example.plan(), []);
    t.notDeepEqual(await inventory(stack), before);
    await example.destroy();
    t.deepEqual(await inventory(stack), before);
    t.deepEqual(await example.resources(), []);
  });
