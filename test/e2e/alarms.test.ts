/**
 * From a partner that breaks to its alarm, the message, the mending, and the file that waited. The module is applied as it
 * stands, its filters and alarms included; the emulator's CloudWatch evaluates them as AWS does (test/stack/alarms.py). Only
 * CloudWatch's clock is put forward, a minute at a time, in each of which the tick really runs: what takes 80 minutes of an
 * alarm takes one of the test.
 */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { S3Client } from "@aws-sdk/client-s3";
import test from "ava";
import { aws } from "../stack/aws-cli.ts";
import {
  awsConfig,
  changeSecret,
  createSecret,
  openConfiguration,
  type Sshd,
  startPasswordServer,
  startSshd,
  startStack,
  until,
} from "../stack/index.ts";
import { invoke } from "./helpers/invoke.ts";
import { putObject, readObject } from "./helpers/objects.ts";
import { startOnCall } from "./helpers/on-call.ts";
import { startRelay } from "./helpers/relay.ts";

const megabyte = 1024 * 1024;

const startPartners = async () => {
  const [stopped, rekeyed, full, rotated, idle] = await Promise.all([
    startSshd(),
    startSshd(),
    startSshd({ diskBytes: megabyte }),
    startPasswordServer(),
    startSshd(),
  ]);
  const all = [stopped, rekeyed, full, rotated, idle];
  for (const partner of all) for (const folder of ["inbox", "outbox"]) partner.files.mkdir(folder);
  for (const folder of ["for-silent", "from-silent"]) idle.files.mkdir(folder);
  const silent = await startRelay(() => idle.port, "silent");
  const stop = async () => {
    silent.stop();
    await Promise.all(all.map((partner) => partner.stop()));
  };
  return { stopped, rekeyed, full, rotated, idle, silent, stop };
};

/** A stream each, of the same name; host keys as they are at this moment. */
const streamsOf = (
  { stopped, rekeyed, full, rotated, idle, silent }: Awaited<ReturnType<typeof startPartners>>,
  secrets: { readonly keys: Readonly<Record<string, string>>; readonly password: string },
) => {
  const sides = { push: { sftp: "inbox" }, pull: { sftp: "outbox", schedule: "rate(1 day)" } };
  const partnerOf = ({
    host,
    port,
    username,
    fingerprint,
  }: Pick<Sshd, "host" | "port" | "username" | "fingerprint">) => ({
    host,
    port,
    username,
    host_keys: [fingerprint],
  });
  const byKey = (name: string, partner: Sshd) => ({
    sftp: { ...partnerOf(partner), private_key: { secret_arn: secrets.keys[name] } },
    ...sides,
  });
  return {
    stopped: byKey("stopped", stopped),
    rekeyed: byKey("rekeyed", rekeyed),
    full: byKey("full", full),
    idle: byKey("idle", idle),
    rotated: { sftp: { ...partnerOf(rotated), password: { secret_arn: secrets.password } }, ...sides },
    silent: {
      sftp: { ...byKey("idle", idle).sftp, port: silent.port, connect_timeout_seconds: 2 },
      push: { sftp: "for-silent" },
      pull: { ...sides.pull, sftp: "from-silent" },
    },
  };
};

const configuration = `
variable "streams" { type = any }
module "bridge" {
  source        = "../.."
  name          = "watched"
  force_destroy = true
  streams       = var.streams
}
output "bucket" { value = module.bridge.bucket }
output "topic" { value = module.bridge.alarm_topic_arn }
output "tick_rule" { value = "watched-tick" }
`;

test("partners break in five ways: each alarm turns red, tells somebody, and turns green once it is mended; others never do", async (t) => {
  t.timeout(20 * 60_000);
  const [stack, partners] = await Promise.all([startStack(), startPartners()]);
  t.teardown(() => Promise.all([stack.stop(), partners.stop()]));
  const { stopped, rekeyed, full, rotated, idle, silent } = partners;
  const keys: Record<string, string> = {};
  for (const [name, partner] of Object.entries({ stopped, rekeyed, full, idle }))
    keys[name] = await createSecret(stack, `sftp/${name}`, partner.key.privateKey);
  const secrets = { keys, password: await createSecret(stack, "sftp/rotated", rotated.password) };
  const workspace = await openConfiguration(stack, { "main.tf": configuration });
  const outputs = await workspace.apply({ streams: streamsOf(partners, secrets) });
  const place = (stream: string, side: string) => `s3://${outputs["bucket"]}/${stream}/${side}/`;
  const s3 = new S3Client(awsConfig(stack));
  t.teardown(() => s3.destroy());
  const onCall = await startOnCall(stack, "watched", String(outputs["topic"]));
  t.teardown(() => onCall.close());
  const poll = (...streams: string[]) => invoke(stack, "watched", { action: "poll", streams });
  const inState = async (state: string) =>
    Object.entries(await onCall.alarms())
      .flatMap(([name, its]) => (its === state ? [name] : []))
      .sort();

  // ── all is well ──
  await putObject(s3, place("full", "push"), "first.csv", "1");
  await until("the first file", 60, () => full.files.exists("inbox/first.csv") || undefined);
  await onCall.minutes(3);
  t.deepEqual(await inState("ALARM"), [], "nothing is red while nothing is broken");
  t.deepEqual(await inState("INSUFFICIENT_DATA"), [], "nothing is grey where nothing has happened yet");

  // ── it breaks ──
  stopped.files.write("outbox/report.csv", "the report");
  await Promise.all([stopped, rekeyed, full].map((partner) => partner.idle()));
  await stopped.down();
  await rekeyed.rotateHostKeys();
  full.files.write("filler", new Uint8Array(megabyte - 64 * 1024));
  await rotated.changePassword("another pass'word");
  const orders = ["full", "rekeyed", "rotated", "silent", "stopped"];
  const orderFor = (stream: string) => `order for ${stream} `.repeat(10_000);
  for (const stream of orders) await putObject(s3, place(stream, "push"), "order.csv", orderFor(stream));
  await poll("stopped");
  const failing = ["full/errors", "rekeyed/errors", "rotated/errors", "stopped/errors"];
  await until("the alarms of errors to turn red", 120, async () => {
    await onCall.minutes(1);
    const red = await inState("ALARM");
    return failing.every((name) => red.includes(name)) || undefined;
  });
  // A partner that doesn't answer is an alarm when it happens again and again.
  t.false((await inState("ALARM")).includes("silent/connection-timeouts"));
  await until(
    "the silent partner to be given a pause",
    60,
    async () => /silent +push +paused/.test((await onCall.bridge("status")).out) || undefined,
  );
  for (let attempt = 0; attempt < 3; attempt++) {
    t.regex((await onCall.bridge("redrive", "--stream", "silent")).out, /redriven 1/);
    await onCall.minutes(1);
  }
  const broken = [...failing, "silent/connection-timeouts"].sort();
  t.deepEqual(await inState("ALARM"), broken, "these, and no others");

  // ── somebody is told, and sees why ──
  const told = (await onCall.notifications()).filter(({ NewStateValue }) => NewStateValue === "ALARM");
  for (const name of broken) {
    const messages = told.filter(({ AlarmName }) => AlarmName === `watched/${name}`);
    t.is(messages.length, 1, `one message of ${name}`);
    t.regex(
      messages[0]?.AlarmDescription ?? "",
      /bridge (status|check) --stream .* · Runbook: .*#(errors|connection-timeouts)$/,
    );
  }
  const status = await onCall.bridge("status");
  t.is(status.status, 1);
  for (const name of broken)
    t.regex(status.out, new RegExp(`^alarm ${name} since `, "m"), "and CloudWatch says it too");
  t.regex(status.out, /^full +push +failing +1 +0 +\S+( \S+)? +1 /m, "with the day's files");
  const check = async (stream: string) => (await onCall.bridge("check", "--stream", stream)).out;
  t.regex(await check("stopped"), /connection +failed .*refused/i);
  t.regex(await check("rekeyed"), /host key +failed/);
  t.regex(await check("rotated"), /log-in +failed/);
  t.regex((await onCall.bridge("status", "--stream", "full")).out, /order\.csv/);

  // ── it is mended, as the runbook says ──
  await stopped.up();
  rmSync(full.files.path("filler"));
  await changeSecret(stack, secrets.password, rotated.password);
  silent.become("passing");
  await workspace.apply({ streams: streamsOf(partners, secrets) });
  for (const stream of orders) {
    const { status: code, out } = await onCall.bridge("redrive", "--stream", stream);
    t.is(code, 0, `${stream}: ${out}`);
  }
  await poll("stopped");
  const inboxes = {
    full: full.files.path("inbox"),
    rekeyed: rekeyed.files.path("inbox"),
    rotated: rotated.files.path("inbox"),
    silent: idle.files.path("for-silent"),
    stopped: stopped.files.path("inbox"),
  };
  for (const [stream, inbox] of Object.entries(inboxes)) {
    await until(`the order for ${stream}`, 60, () => existsSync(`${inbox}/order.csv`) || undefined);
    t.is(readFileSync(`${inbox}/order.csv`, "utf8"), orderFor(stream));
  }
  await until("the report", 60, () => readObject(s3, place("stopped", "pull"), "report.csv"));
  t.is((await onCall.bridge("status")).status, 0);

  // ── it is over ──
  await onCall.minutes(40);
  t.deepEqual(
    await inState("ALARM"),
    broken,
    "errors may come back with the next attempt of a file, up to an hour later",
  );
  await poll("idle");
  await onCall.minutes(45);
  t.deepEqual(await inState("ALARM"), [], "all are green again");
  const over = (await onCall.notifications()).filter(({ OldStateValue }) => OldStateValue === "ALARM");
  t.deepEqual(
    over
      .map(({ AlarmName }) => AlarmName.slice("watched/".length))
      .filter((name) => name !== "tick")
      .sort(),
    broken,
    "and each said so once",
  );
  for (const name of broken)
    t.deepEqual((await onCall.historyOf(name)).slice(-3), ["OK", "ALARM", "OK"], `${name} didn't flap`);
  for (const name of Object.keys(await onCall.alarms()).filter((one) => !broken.includes(one) && one !== "tick"))
    t.false((await onCall.historyOf(name)).includes("ALARM"), `${name} was never red, idle as its stream was`);

  // ── silence isn't taken for peace ──
  await aws(stack, "events", "disable-rule", "--name", String(outputs["tick_rule"]));
  await onCall.minutes(13, { tick: false });
  t.deepEqual(await inState("ALARM"), ["tick"], "nobody ticks");
  await aws(stack, "events", "enable-rule", "--name", String(outputs["tick_rule"]));
  await onCall.minutes(2);
  t.deepEqual(await inState("ALARM"), []);
});
