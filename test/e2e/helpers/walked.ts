/** The bridge that the runbook is walked through with, and what happens to it: what breaks, what time does, what AWS would tell. */
import { execFile } from "node:child_process";
import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { DynamoDBClient, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { GetQueueAttributesCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { marshall } from "@aws-sdk/util-dynamodb";
import { generateKey } from "openpgp";
import { makeAuthority } from "../../helpers/sftp/certificates.ts";
import { aws, installAwsCli } from "../../stack/aws-cli.ts";
import {
  awsConfig,
  createSecret,
  openConfiguration,
  publishMetrics,
  startSshd,
  startStack,
  until,
} from "../../stack/index.ts";
import { temporaryFolder } from "../../stack/temporary.ts";
import { repository } from "../../stack/tools.ts";
import { invoke } from "./invoke.ts";
import { journalItems } from "./journal.ts";
import { putObject } from "./objects.ts";
import { startOnCall } from "./on-call.ts";
import { startRelay } from "./relay.ts";

/** Of the bridge. */
export const name = "walked";
/** Milliseconds. */
export const hour = 3_600_000;

const configuration = `
variable "sftp" { type = any }
variable "pgp" { type = any }
module "bridge" {
  source        = "../.."
  name          = "${name}"
  force_destroy = true
  events        = {}
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
    sealed = { sftp = var.sftp, push = { sftp = "sealed", pgp = { encrypt_to = [var.pgp] } } }
  }
}
output "bridge" { value = module.bridge }
`;

/** The public half of an OpenPGP key, armored. */
const openPgpKey = async (): Promise<string> => {
  const { publicKey } = await generateKey({ userIDs: [{ name: "partner" }], format: "armored" });
  return publicKey;
};

export const startWalk = async () => {
  const authority = makeAuthority();
  const trusted = join(temporaryFolder("trusted"), "authority");
  chmodSync(dirname(trusted), 0o755);
  writeFileSync(trusted, `${authority.publicLine}\n`);
  const [stack, partner] = await Promise.all([startStack(), startSshd({ config: { TrustedUserCAKeys: trusted } })]);
  const certificate = authority.sign({
    publicLine: partner.key.publicKey,
    principals: [partner.username],
    validity: "-1d:+60d",
  });
  const relay = await startRelay(() => partner.port);
  for (const folder of ["inbox", "outbox", "sealed"]) partner.files.mkdir(folder);
  const workspace = await openConfiguration(stack, { "main.tf": configuration });
  const { bridge } = (await workspace.apply({
    pgp: { secret_arn: await createSecret(stack, "sftp/acme-pgp", await openPgpKey()) },
    sftp: {
      host: "127.0.0.1",
      port: relay.port,
      username: partner.username,
      host_keys: [partner.fingerprint],
      private_key: { secret_arn: await createSecret(stack, "sftp/acme", partner.key.privateKey) },
      certificate: { secret_arn: await createSecret(stack, "sftp/acme-certificate", certificate) },
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
    rmSync(dirname(trusted), { recursive: true });
  };
  return { stack, partner, relay, workspace, bridge, commands, s3, sqs, table, onCall, stop };
};

export type World = Awaited<ReturnType<typeof startWalk>>;

/** What stands in the runbook, in a shell; its exit status and all that it printed. */
export const shell = async ({ stack, commands }: World, command: string) => {
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

export const put = ({ s3, bridge }: World, path: string, body = path) =>
  putObject(s3, `s3://${bridge["bucket"]}/acme/push/`, path, body);
export const arrival = ({ partner }: World, path: string) =>
  until(path, 90, () => partner.files.exists(`inbox/${path}`) || undefined);
export const tick = ({ stack }: World) => invoke(stack, name, { action: "tick" });

export const entry = (world: World, path: string) =>
  until(`the journal's entry of ${path}, with its error`, 60, async () =>
    (await journalItems(world.stack, world.bridge["table_name"] ?? "")).find(
      (item) => item["kind"] === "entry" && item["path"] === path && item["last_error"] !== undefined,
    ),
  );

/** Changes a field of an item, as if time had passed. */
export const backdate = async (
  { table, bridge }: World,
  item: Record<string, unknown>,
  field: string,
  value: unknown,
) => {
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

export const fact = async ({ stack, bridge }: World, of: string) => {
  const found = (await journalItems(stack, bridge["table_name"] ?? "")).find(
    (item) => item["kind"] === "fact" && String(item["sk"]).startsWith(`acme#${of}`),
  );
  if (!found) throw new Error(`no fact acme#${of}`);
  return found;
};

/** What a service of AWS tells CloudWatch. */
export const tell = (
  { stack }: World,
  namespace: string,
  metric: string,
  dimensions: Readonly<Record<string, string>>,
  value: number,
) => publishMetrics(stack, [{ namespace, metric, unit: "Count", dimensions, time: Date.now(), values: [value] }]);

/** What EventBridge tells CloudWatch when it can't deliver. */
export const failInvocations = (world: World, RuleName: string) =>
  tell(world, "AWS/Events", "FailedInvocations", { RuleName }, 1);

/** Turns the function's event source off, as somebody may do by hand. */
export const turnEventSourceOff = async ({ stack }: World) => {
  const { EventSourceMappings } = (await aws(
    stack,
    "lambda",
    "list-event-source-mappings",
    "--function-name",
    name,
  )) as { EventSourceMappings: { UUID: string }[] };
  for (const { UUID } of EventSourceMappings)
    await aws(stack, "lambda", "update-event-source-mapping", "--uuid", UUID, "--no-enabled");
};

/** What SQS tells CloudWatch each minute. */
export const tellDepths = async ({ stack, sqs, bridge }: World) => {
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

export const rule = ({ stack }: World, verb: "disable" | "enable", of: string) =>
  aws(stack, "events", `${verb}-rule`, "--name", `${name}-${of}`);

/** An object whose event is in one of the queues that nobody reads, and nowhere else. */
export const strand = async (world: World, queue: string, path: string) => {
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

export const lock = ({ partner }: World) => chmodSync(partner.files.path("inbox"), 0o555);
export const unlock = ({ partner }: World) => chmodSync(partner.files.path("inbox"), 0o755);
