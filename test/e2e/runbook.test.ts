/**
 * docs/runbook.md, followed by the letter: for each section the state that its alarm describes is brought about, the section's
 * commands are run as they stand there, in a shell, what it says is mended, and its last commands have to say that it is over.
 * What only AWS could do is done in its place: data points of EventBridge and SQS, a line of a time-out. Time that would have
 * to pass (a week of retries) is taken off the journal's items.
 */
import { execFile } from "node:child_process";
import { chmodSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { CloudWatchLogsClient, CreateLogStreamCommand, PutLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DynamoDBClient, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { GetQueueAttributesCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { marshall } from "@aws-sdk/util-dynamodb";
import test, { type ExecutionContext } from "ava";
import { aws, installAwsCli } from "../stack/aws-cli.ts";
import {
  awsConfig,
  createSecret,
  openConfiguration,
  publishMetrics,
  startSshd,
  startStack,
  until,
} from "../stack/index.ts";
import { repository } from "../stack/tools.ts";
import { invoke } from "./helpers/invoke.ts";
import { journalItems } from "./helpers/journal.ts";
import { putObject, readObject } from "./helpers/objects.ts";
import { startOnCall } from "./helpers/on-call.ts";
import { startRelay } from "./helpers/relay.ts";
import { readRunbook } from "./helpers/runbook.ts";

const name = "walked";
const hour = 3_600_000;
const sections = readRunbook();

const configuration = `
variable "sftp" { type = any }
module "bridge" {
  source        = "../.."
  name          = "${name}"
  force_destroy = true
  streams = {
    acme = {
      sftp = var.sftp
      push = { sftp = "inbox" }
      pull = { sftp = "outbox", schedule = "rate(1 day)" }
      alarms = {
        at_least = { push = { files = 1, hours = 1 } }
        expected = [{ match = "expected/*.csv", by = "00:00", days = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"], direction = "push" }]
      }
    }
  }
}
output "bridge" { value = module.bridge }
`;

const start = async () => {
  const [stack, partner] = await Promise.all([startStack(), startSshd()]);
  const relay = await startRelay(() => partner.port);
  for (const folder of ["inbox", "outbox"]) partner.files.mkdir(folder);
  const workspace = await openConfiguration(stack, { "main.tf": configuration });
  const { bridge } = (await workspace.apply({
    sftp: {
      host: "127.0.0.1",
      port: relay.port,
      username: partner.username,
      host_keys: [partner.fingerprint],
      private_key: { secret_arn: await createSecret(stack, "sftp/acme", partner.key.privateKey) },
      connect_timeout_seconds: 2,
    },
  })) as { bridge: Record<string, string> };
  const commands = installAwsCli(join(stack.folder, "commands"));
  writeFileSync(
    join(commands, "bridge"),
    `#!/bin/sh\nexec "${process.execPath}" "${repository}bridge/src/bridge.ts" "$@"\n`,
    { mode: 0o755 },
  );
  const s3 = new S3Client(awsConfig(stack));
  const sqs = new SQSClient(awsConfig(stack));
  const table = new DynamoDBClient(awsConfig(stack));
  const onCall = await startOnCall(stack, name, bridge["alarm_topic_arn"] ?? "");
  const stop = async () => {
    for (const client of [s3, sqs, table]) client.destroy();
    onCall.close();
    relay.stop();
    await Promise.all([stack.stop(), partner.stop()]);
  };
  return { stack, partner, relay, workspace, bridge, commands, s3, sqs, table, onCall, stop };
};

type World = Awaited<ReturnType<typeof start>>;

/** What stands in the runbook, in a shell; its exit status and all that it printed. */
const shell = async ({ stack, commands }: World, command: string) => {
  const env = { ...stack.env, PATH: `${commands}:${process.env["PATH"]}`, HOME: stack.folder, BRIDGE_FUNCTION: name };
  try {
    const { stdout, stderr } = await promisify(execFile)("bash", ["--norc", "-o", "pipefail", "-c", command], {
      cwd: stack.folder,
      env,
    });
    return { status: 0, out: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { status: code, out: stdout + stderr };
  }
};

const put = ({ s3, bridge }: World, path: string, body = path) =>
  putObject(s3, `s3://${bridge["bucket"]}/acme/push/`, path, body);
const arrival = ({ partner }: World, path: string) =>
  until(path, 90, () => partner.files.exists(`inbox/${path}`) || undefined);
const tick = ({ stack }: World) => invoke(stack, name, { action: "tick" });

const entry = (world: World, path: string) =>
  until(`the journal's entry of ${path}, with its error`, 60, async () =>
    (await journalItems(world.stack, world.bridge["table_name"] ?? "")).find(
      (item) => item["kind"] === "entry" && item["path"] === path && item["last_error"] !== undefined,
    ),
  );

/** Changes a field of an item, as if time had passed. */
const backdate = async ({ table, bridge }: World, item: Record<string, unknown>, field: string, value: unknown) => {
  await table.send(
    new UpdateItemCommand({
      TableName: bridge["table_name"],
      Key: marshall({ pk: item["pk"], sk: item["sk"] }),
      UpdateExpression: "SET #field = :value",
      ExpressionAttributeNames: { "#field": field },
      ExpressionAttributeValues: marshall({ ":value": value }),
    }),
  );
};

const fact = async ({ stack, bridge }: World, of: string) => {
  const found = (await journalItems(stack, bridge["table_name"] ?? "")).find(
    (item) => item["kind"] === "fact" && String(item["sk"]).startsWith(`acme#${of}`),
  );
  if (!found) throw new Error(`no fact acme#${of}`);
  return found;
};

/** What EventBridge tells CloudWatch when it can't deliver. */
const failInvocations = ({ stack }: World, RuleName: string) =>
  publishMetrics(stack, [
    {
      namespace: "AWS/Events",
      metric: "FailedInvocations",
      unit: "Count",
      dimensions: { RuleName },
      time: Date.now(),
      values: [1],
    },
  ]);

/** What SQS tells CloudWatch each minute. */
const tellDepths = async ({ stack, sqs, bridge }: World) => {
  for (const QueueUrl of [bridge["dead_letter_queue_url"] ?? "", bridge["undelivered_queue_url"] ?? ""]) {
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["ApproximateNumberOfMessages"] }),
    );
    await publishMetrics(stack, [
      {
        namespace: "AWS/SQS",
        metric: "ApproximateNumberOfMessagesVisible",
        unit: "Count",
        dimensions: { QueueName: QueueUrl.slice(QueueUrl.lastIndexOf("/") + 1) },
        time: Date.now(),
        values: [Number(Attributes?.["ApproximateNumberOfMessages"])],
      },
    ]);
  }
};

const rule = ({ stack }: World, verb: "disable" | "enable", of: string) =>
  aws(stack, "events", `${verb}-rule`, "--name", `${name}-${of}`);

/** An object whose event is in one of the queues that nobody reads, and nowhere else. */
const strand = async (world: World, queue: string, path: string) => {
  await rule(world, "disable", "push-acme");
  await put(world, path);
  await rule(world, "enable", "push-acme");
  const MessageBody = JSON.stringify({
    source: "aws.s3",
    "detail-type": "Object Created",
    time: new Date().toISOString(),
    detail: { bucket: { name: world.bridge["bucket"] }, object: { key: `acme/push/${path}`, size: path.length } },
  });
  await world.sqs.send(new SendMessageCommand({ QueueUrl: world.bridge[queue], MessageBody }));
  await tellDepths(world);
};

const lock = ({ partner }: World) => chmodSync(partner.files.path("inbox"), 0o555);
const unlock = ({ partner }: World) => chmodSync(partner.files.path("inbox"), 0o755);

interface Walk {
  /** Alarms that have to be red once it is broken, by name. */
  readonly red: readonly string[];
  readonly breaks: (world: World) => unknown;
  /** What the text says in words. */
  readonly mend?: (world: World) => unknown;
  /** What the commands before the mending have to show. */
  readonly shows?: RegExp;
  /** What the text's last commands have to show. */
  readonly ends?: RegExp;
  /** Beyond what the text's own last commands say. */
  readonly over?: (world: World) => unknown;
  /** Minutes in which the alarm has to turn red. */
  readonly minutes?: number;
}

const march = "reports/march.csv";

const walks: Readonly<Record<string, Walk>> = {
  errors: {
    red: ["acme/errors"],
    breaks: async (world) => {
      lock(world);
      await put(world, march);
      await entry(world, march);
    },
    shows: /the user may not write/,
    mend: unlock,
    over: (world) => arrival(world, march),
  },
  "connection-timeouts": {
    red: ["acme/connection-timeouts"],
    breaks: async (world) => {
      world.relay.become("silent");
      await put(world, "silent.csv");
      for (let attempt = 0; attempt < 4; attempt++) {
        await until("a pause", 30, async () => /paused/.test((await world.onCall.bridge("status")).out) || undefined);
        await world.onCall.minutes(1);
        await world.onCall.bridge("redrive", "--stream", "acme");
      }
    },
    shows: /no SSH greeting/,
    mend: ({ relay }) => relay.become("passing"),
    over: (world) => arrival(world, "silent.csv"),
  },
  failed: {
    red: ["acme/failed-push"],
    breaks: async (world) => {
      lock(world);
      await put(world, "given-up.csv");
      const found = await entry(world, "given-up.csv");
      await backdate(world, found, "known_at", new Date(Date.now() - 200 * hour).toISOString());
      await backdate(world, found, "next_attempt", Date.now() - 1);
      await tick(world);
    },
    shows: /given-up\.csv .*failed/,
    mend: unlock,
    over: (world) => arrival(world, "given-up.csv"),
  },
  "oldest-undelivered": {
    red: ["acme/oldest-undelivered"],
    breaks: async (world) => {
      lock(world);
      await put(world, "old.csv");
      await backdate(world, await entry(world, "old.csv"), "open_since", new Date(Date.now() - 2 * hour).toISOString());
    },
    minutes: 4,
    shows: /old\.csv/,
    mend: unlock,
    over: (world) => arrival(world, "old.csv"),
  },
  "oldest-waiting": {
    red: ["acme/oldest-waiting"],
    breaks: async (world) => {
      world.partner.files.write("outbox/closed.csv", "closed");
      chmodSync(world.partner.files.path("outbox/closed.csv"), 0);
      await invoke(world.stack, name, { action: "poll", streams: ["acme"] });
      await backdate(
        world,
        await entry(world, "closed.csv"),
        "open_since",
        new Date(Date.now() - 2 * hour).toISOString(),
      );
    },
    minutes: 4,
    shows: /closed\.csv/,
    mend: ({ partner }) => chmodSync(partner.files.path("outbox/closed.csv"), 0o644),
    over: ({ s3, bridge }) =>
      until("closed.csv", 60, () => readObject(s3, `s3://${bridge["bucket"]}/acme/pull/`, "closed.csv")),
  },
  polls: {
    red: ["acme/polls"],
    breaks: async (world) => {
      await backdate(world, await fact(world, "poll"), "at", Date.now() - 100 * hour);
      renameSync(world.partner.files.path("outbox"), world.partner.files.path("elsewhere"));
      await invoke(world.stack, name, { action: "poll", streams: ["acme"] });
    },
    minutes: 4,
    shows: /outbox/,
    mend: ({ partner }) => renameSync(partner.files.path("elsewhere"), partner.files.path("outbox")),
  },
  rules: {
    red: ["acme/rule-push", "undelivered"],
    breaks: async (world) => {
      await strand(world, "undelivered_queue_url", "undelivered-1.csv");
      await rule(world, "disable", "push-acme");
      await failInvocations(world, `${name}-push-acme`);
    },
    mend: async (world) => {
      const planned = await world.workspace.plan();
      if (planned.length === 0) throw new Error("terraform plan doesn't show that the rule is off");
      await world.workspace.apply();
    },
    ends: /missing 0/,
    over: async (world) => {
      for (const path of ["undelivered-1.csv", "never-told.csv"]) await arrival(world, path);
      await tellDepths(world);
    },
  },
  "at-least": {
    red: ["acme/at-least-push"],
    breaks: (world) => world.stack.advanceCloudWatch(3700),
    shows: /files|No files/,
    mend: (world) => put(world, "at-least.csv"),
    over: (world) => arrival(world, "at-least.csv"),
  },
  expected: {
    red: ["acme/expected"],
    breaks: async (world) => backdate(world, await fact(world, "expected#"), "at", Date.now() - 100 * hour),
    minutes: 4,
    mend: async (world) => {
      await put(world, "expected/report.csv");
      await arrival(world, "expected/report.csv");
      await tick(world);
    },
  },
  "bridge-errors": {
    red: ["errors"],
    breaks: ({ stack }) => invoke(stack, name, { nonsense: true }),
  },
  "bridge-timeouts": {
    red: ["timeouts"],
    breaks: async ({ stack }) => {
      const logs = new CloudWatchLogsClient(awsConfig(stack));
      const place = { logGroupName: `/aws/lambda/${name}`, logStreamName: "of-the-test" };
      await logs.send(new CreateLogStreamCommand(place));
      const timestamp = Date.now();
      const message = `${new Date(timestamp).toISOString()} 3f6c1a52-8f5c-4b7e-9b53-1a2b3c4d5e6f Task timed out after 900.00 seconds`;
      await logs.send(new PutLogEventsCommand({ ...place, logEvents: [{ timestamp, message }] }));
      logs.destroy();
    },
  },
  "bridge-tick": {
    red: ["tick", "expectations"],
    breaks: async (world) => {
      await rule(world, "disable", "tick");
      await world.onCall.minutes(13, { tick: false });
    },
    minutes: 0,
    mend: (world) => rule(world, "enable", "tick"),
  },
  "bridge-tick-rule": {
    red: ["tick-rule"],
    breaks: (world) => failInvocations(world, `${name}-tick`),
  },
  // The check runs with the tick, so that nothing but its absence shows on a bridge that works.
  "bridge-expectations": {
    red: ["expectations"],
    breaks: async (world) => {
      await rule(world, "disable", "tick");
      await world.onCall.minutes(13, { tick: false });
    },
    minutes: 0,
    mend: (world) => rule(world, "enable", "tick"),
  },
  "bridge-dead-letters": {
    red: ["dead-letters"],
    breaks: (world) => strand(world, "dead_letter_queue_url", "dead-letter.csv"),
    minutes: 2,
    over: async (world) => {
      await arrival(world, "dead-letter.csv");
      await tellDepths(world);
    },
  },
  "bridge-undelivered": {
    red: ["undelivered"],
    breaks: (world) => strand(world, "undelivered_queue_url", "undelivered-2.csv"),
    minutes: 2,
    over: async (world) => {
      await arrival(world, "undelivered-2.csv");
      await tellDepths(world);
    },
  },
};

test("each section of the runbook is walked through", (t) => {
  t.deepEqual(Object.keys(walks).sort(), sections.map(({ heading }) => heading).sort());
});

const follow = async (t: ExecutionContext, world: World, { heading, look, act, over }: (typeof sections)[number]) => {
  const walk = walks[heading];
  if (walk === undefined) throw new Error(`nobody knows how to bring about ${heading}`);
  const began = Date.now();
  const { onCall } = world;
  await walk.breaks(world);
  await onCall.minutes(walk.minutes ?? 2);
  const states = await onCall.alarms();
  for (const alarm of walk.red) t.is(states[alarm], "ALARM", `${heading}: ${alarm}`);
  const runAll = async (commands: readonly string[], most: number) => {
    let shown = "";
    for (const command of commands) {
      const { status, out } = await shell(world, command);
      t.true(status <= most, `${heading}: ${command}: status ${status}: ${out}`);
      shown += out;
    }
    return shown;
  };
  // Status 1: the answer tells of a problem.
  const shown = await runAll(look, 1);
  if (walk.shows) t.regex(shown, walk.shows, heading);
  await walk.mend?.(world);
  await runAll(act, 0);
  await walk.over?.(world);
  await onCall.minutes(1);
  const last = await runAll(over, 0);
  if (walk.ends) t.regex(last, walk.ends, heading);
  t.log(
    `${heading}: ${look.length + act.length + over.length} commands, ${((Date.now() - began) / 1000).toFixed(1)} s`,
  );
};

test("the runbook's commands, followed by the letter, lead from each alarm to the file and to its end", async (t) => {
  t.timeout(15 * 60_000);
  const world = await start();
  t.teardown(world.stop);
  const { onCall } = world;
  await invoke(world.stack, name, { action: "poll", streams: ["acme"] });
  await onCall.minutes(2);
  // No event tells of it, and only for objects of two minutes and more is that taken for lost.
  await rule(world, "disable", "push-acme");
  await put(world, "never-told.csv");
  const told = Date.now() + 125_000;
  await rule(world, "enable", "push-acme");
  for (const section of sections.filter(({ heading }) => heading !== "rules")) await follow(t, world, section);
  await onCall.minutes(45);
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, told - Date.now())));
  for (const section of sections.filter(({ heading }) => heading === "rules")) await follow(t, world, section);
  await onCall.minutes(40);
  const red = Object.entries(await onCall.alarms()).filter(([, state]) => state === "ALARM");
  t.deepEqual(red, [], "all alarms have turned green");
});
