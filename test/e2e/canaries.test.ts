/**
 * Content, passwords, passphrases, keys and whole secrets are canaries here: after every success and every kind of failure,
 * none is in a log (at DEBUG), metric, error, answer, message, queue, journal, state, output or environment.
 */
import { CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { GetFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { CreateBucketCommand, GetObjectCommand, PutBucketPolicyCommand, S3Client } from "@aws-sdk/client-s3";
import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import test from "ava";
import {
  awsConfig,
  createSecret,
  logsOf,
  metricsOf,
  openConfiguration,
  startPasswordServer,
  startSshd,
  startStack,
  until,
} from "../stack/index.ts";
import { canary, leaks } from "./helpers/canaries.ts";
import { invoke } from "./helpers/invoke.ts";
import { journalItems } from "./helpers/journal.ts";
import { putObject } from "./helpers/objects.ts";
import { startOnCall } from "./helpers/on-call.ts";

/** What each stream's log-in or file has to end in, so that no failure is left out unseen: part of its last error. */
const failures: Readonly<Record<string, RegExp>> = {
  "wrong-password": /log-in refused/,
  indiscreet: /./,
  "indiscreet-refusal": /log-in refused|not connected/,
  "damaged-key": /damaged/,
  "wrong-passphrase": /passphrase is wrong/,
  "cut-json": /isn't a JSON object/,
  "no-field": /has no field/,
  "not-a-string": /isn't a string/,
  "not-a-key": /isn't a private key/,
  "two-lines": /several lines/,
  "bare-object": /is a JSON object/,
  "damaged-object": /damaged/,
  denied: /AccessDenied/,
  "denied-pull": /AccessDenied/,
};

const damaged = (word: string) =>
  `-----BEGIN OPENSSH PRIVATE KEY-----\n${Buffer.from(`openssh-key-v1 ${word}`).toString("base64")}\n${word}${word}\n-----END OPENSSH PRIVATE KEY-----\n`;

const start = async () => {
  const values = {
    password: canary((word) => `p"${word}\\ä%&`),
    "wrong password": canary((word) => `it's ${word}`),
    "indiscreet's password": canary(),
    "refused password": canary(),
    "damaged key": canary(damaged),
    "wrong passphrase": canary(),
    "cut JSON": canary((word) => `{"pw":"${word}`),
    "another field": canary(),
    "number's neighbour": canary(),
    "not a key": canary(),
    "first line": canary((word) => `${word}\n${word}`),
    "bare object": canary(),
    "damaged object": canary(damaged),
    "content that is pushed": canary((word) => word.repeat(100)),
    "content that is pulled": canary((word) => word.repeat(100)),
    "content that is denied": canary((word) => word.repeat(10)),
    "content that can't be written": canary((word) => word.repeat(10)),
    "in a malformed action": canary(),
    "in a message": canary(),
  };
  const [stack, sshd, passwords, indiscreet] = await Promise.all([
    startStack(),
    startSshd(),
    startPasswordServer({ password: values.password, methods: ["password", "keyboard-interactive"] }),
    startPasswordServer({ password: values["indiscreet's password"], indiscreet: true }),
  ]);
  const stop = async () => {
    await Promise.all([stack.stop(), sshd.stop(), passwords.stop(), indiscreet.stop()]);
  };
  for (const folder of ["inbox", "outbox", "denied"]) sshd.files.mkdir(folder);
  for (const server of [passwords, indiscreet]) server.files.mkdir("inbox");
  return { values, stack, sshd, passwords, indiscreet, stop };
};

type World = Awaited<ReturnType<typeof start>>;

const streamsOf = async ({ values, stack, sshd, passwords, indiscreet }: World) => {
  let count = 0;
  const secret = async (text: string) => ({ secret_arn: await createSecret(stack, `secret-${count++}`, text) });
  // Each a partner of its own, so that no failure stands for another: the user's name differs where the log-in isn't reached.
  const at = (server: typeof passwords | typeof sshd, username: string, credentials: object) => ({
    sftp: { host: server.host, port: server.port, username, host_keys: [server.fingerprint], ...credentials },
    push: { sftp: "inbox" },
  });
  const ssm = new SSMClient(awsConfig(stack));
  await ssm.send(new PutParameterCommand({ Name: "/sftp/password", Type: "SecureString", Value: values.password }));
  ssm.destroy();
  const json = await secret(
    JSON.stringify({
      key: sshd.lockedKey.privateKey,
      passphrase: sshd.lockedKey.passphrase,
      other: values["another field"],
      port: 22,
    }),
  );
  const locked = { private_key: { ...json, json_key: "key" }, passphrase: { ...json, json_key: "passphrase" } };
  const good = at(sshd, sshd.username, locked);
  return {
    good: { ...good, pull: { sftp: "outbox", schedule: "rate(1 day)" } },
    parameter: at(passwords, passwords.username, { password: { ssm_parameter: "/sftp/password" } }),
    "wrong-password": at(passwords, "wrong", { password: await secret(values["wrong password"]) }),
    indiscreet: at(indiscreet, indiscreet.username, { password: await secret(values["indiscreet's password"]) }),
    "indiscreet-refusal": at(indiscreet, "stranger", { password: await secret(values["refused password"]) }),
    "damaged-key": at(sshd, "damaged", { private_key: await secret(values["damaged key"]) }),
    "wrong-passphrase": at(sshd, "passphrase", {
      private_key: locked.private_key,
      passphrase: await secret(values["wrong passphrase"]),
    }),
    "cut-json": at(sshd, "cut", { password: { ...(await secret(values["cut JSON"])), json_key: "pw" } }),
    "no-field": at(sshd, "field", { password: { ...json, json_key: "nothing" } }),
    "not-a-string": at(sshd, "number", { password: { ...json, json_key: "port" } }),
    "not-a-key": at(sshd, "text", { private_key: await secret(values["not a key"]) }),
    "two-lines": at(sshd, "lines", { password: await secret(values["first line"]) }),
    "bare-object": at(sshd, "bare", { password: await secret(JSON.stringify({ password: values["bare object"] })) }),
    "damaged-object": at(sshd, "object", { private_key: { s3: "our-keys/key" } }),
    denied: { ...good, push: { s3: "closed/out", sftp: "denied" } },
    "denied-pull": { sftp: good.sftp, pull: { s3: "closed/in", sftp: "outbox-denied", schedule: "rate(1 day)" } },
  };
};

const configuration = `
variable "streams" { type = any }
module "bridge" {
  source        = "../.."
  name          = "canaries"
  force_destroy = true
  log_level     = "DEBUG"
  streams       = var.streams

  enable_eventbridge_on_buckets = ["closed"]
}
output "bridge" { value = module.bridge }
`;

test("no secret and no content is where it doesn't belong", async (t) => {
  t.timeout(10 * 60_000);
  const world = await start();
  t.teardown(world.stop);
  const { values, stack, sshd, passwords } = world;
  const s3 = new S3Client(awsConfig(stack));
  t.teardown(() => s3.destroy());
  for (const Bucket of ["our-keys", "closed"]) await s3.send(new CreateBucketCommand({ Bucket }));
  await putObject(s3, "s3://our-keys/", "key", values["damaged object"]);
  const streams = await streamsOf(world);
  const workspace = await openConfiguration(stack, { "main.tf": configuration });
  const { bridge } = (await workspace.apply({ streams })) as { bridge: Record<string, string> };
  const name = bridge["function_name"] ?? "";
  await s3.send(
    new PutBucketPolicyCommand({
      Bucket: "closed",
      Policy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Deny",
            Principal: { AWS: bridge["role_arn"] },
            Action: ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"],
            Resource: "arn:aws:s3:::closed/*",
          },
        ],
      }),
    }),
  );
  const onCall = await startOnCall(stack, name, bridge["alarm_topic_arn"] ?? "");
  t.teardown(() => onCall.close());

  // ── everything that may happen to a file ──
  sshd.files.write("outbox/report.csv", values["content that is pulled"]);
  sshd.files.write("outbox-denied/report.csv", values["content that is denied"]);
  for (const [stream, { push }] of Object.entries(streams).filter(([, one]) => "push" in one) as [
    string,
    { push: { s3?: string } },
  ][]) {
    const place = push.s3 === undefined ? `s3://${bridge["bucket"]}/${stream}/push/` : `s3://${push.s3}/`;
    const content = stream === "indiscreet" ? "content that can't be written" : "content that is pushed";
    await putObject(s3, place, "order.csv", values[stream === "denied" ? "content that is denied" : content]);
  }
  const answers: unknown[] = [];
  const send = async (event: unknown) => answers.push(await invoke(stack, name, event));
  await send({ action: "poll", streams: ["good", "denied-pull"] });
  await until(
    "both pushes that can be done",
    60,
    () => (sshd.files.exists("inbox/order.csv") && passwords.files.exists("inbox/order.csv")) || undefined,
  );
  t.is(sshd.files.read("inbox/order.csv").toString(), values["content that is pushed"]);

  // ── everything that somebody may ask ──
  const items = await until("every failure to be known", 90, async () => {
    await send({ action: "tick" });
    const { streams: states } = (await invoke(stack, name, { action: "status" })).payload as {
      streams: { stream: string; last_error: string | null }[];
    };
    const missing = Object.keys(failures).filter(
      (stream) => !failures[stream]?.test(states.find((one) => one.stream === stream)?.last_error ?? ""),
    );
    if (missing.length > 0)
      throw new Error(
        missing.map((stream) => `${stream}: ${states.find((one) => one.stream === stream)?.last_error}`).join("\n"),
      );
    return states;
  });
  t.true(items.length > 0);
  const printed: string[] = [];
  const run = async (...args: string[]) => printed.push((await onCall.bridge(...args)).out);
  for (const [stream, one] of Object.entries(streams)) {
    const direction = "push" in one ? "push" : "pull";
    for (const event of [
      { action: "check", stream },
      { action: "list", stream, direction },
      { action: "dry-run", stream, direction },
      { action: "redrive", stream },
      { action: "replay", stream, direction, path: "order.csv", force: true },
      { action: "history", stream, path: "order.csv", direction },
      ...(direction === "push"
        ? [
            { action: "reconcile", stream },
            { action: "backfill", stream },
          ]
        : []),
    ])
      await send(event);
  }
  await run("status");
  await run("check");
  await run("check", "--json");
  const inAction = values["in a malformed action"];
  await send({ action: "check", stream: "good", password: inAction });
  await send({ action: "poll", streams: ["good"], password: inAction });
  await send({ action: "status", sftp: { privateKey: inAction } });
  await send({ password: inAction });
  // A message that isn't an event ends in the dead-letter queue, as it came; what is said of it doesn't repeat its secrets.
  const sqs = new SQSClient(awsConfig(stack));
  t.teardown(() => sqs.destroy());
  await sqs.send(
    new SendMessageCommand({
      QueueUrl: bridge["dead_letter_queue_url"],
      MessageBody: JSON.stringify({ password: values["in a message"] }),
    }),
  );
  await run("redrive", "--queue");
  await onCall.minutes(2);

  // ── all that is left of it ──
  const lambda = new LambdaClient(awsConfig(stack));
  const cloudwatch = new CloudWatchClient(awsConfig(stack));
  const queued = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl: bridge["undelivered_queue_url"], MaxNumberOfMessages: 10 }),
  );
  const config = bridge["config"] as unknown as { bucket: string; key: string };
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: config.bucket, Key: config.key }));
  const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName: name }));
  const texts = {
    log: (await logsOf(stack, name)).map(({ message }) => message).join("\n"),
    metrics: JSON.stringify(await metricsOf(stack, name)),
    alarms: JSON.stringify(await cloudwatch.send(new DescribeAlarmsCommand({}))),
    notifications: JSON.stringify(await onCall.bodies()),
    answers: JSON.stringify(answers),
    "what bridge printed": printed.join("\n"),
    journal: JSON.stringify(await journalItems(stack, bridge["table_name"] ?? "")),
    "undelivered queue": JSON.stringify(queued),
    state: await workspace.terraform(["state", "pull"]),
    outputs: JSON.stringify(await workspace.outputs()),
    configuration: (await Body?.transformToString()) ?? "",
    environment: JSON.stringify(Configuration?.Environment),
  };
  lambda.destroy();
  cloudwatch.destroy();
  for (const [place, text] of Object.entries(texts)) t.true(place === "undelivered queue" || text.length > 100, place);
  t.regex(texts.notifications, /ALARM/);
  const secrets = {
    ...values,
    "private key": sshd.lockedKey.privateKey,
    passphrase: sshd.lockedKey.passphrase,
  };
  t.deepEqual(leaks(secrets, texts), []);

  // What finds nothing must be able to: each value, in what it was done to.
  const planted = Object.values(secrets).map(
    (value, index) =>
      [value, JSON.stringify({ value }), Buffer.from(`x${value}`).toString("base64"), encodeURIComponent(value)][
        index % 4
      ],
  );
  t.is(leaks(secrets, { planted: planted.join("\n") }).length, Object.keys(secrets).length);
});
