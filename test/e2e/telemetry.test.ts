/** What a run leaves behind for those who look: log lines, metrics, the mark against echoes; and a rule of the original's. */
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import test from "ava";
import { awsConfig, logsOf, metricsOf, until } from "../stack/index.ts";
import { placeOf } from "../stack/places.ts";
import { startBothWays } from "./helpers/both-ways.ts";
import { invoke } from "./helpers/invoke.ts";
import { putObject, readObject } from "./helpers/objects.ts";

test("files are counted by stream, told in the original's words, and marked so that none comes back", async (t) => {
  const bridge = await startBothWays();
  t.teardown(() => bridge.stop());
  const { stack, partner, functionName } = bridge;
  const s3 = new S3Client(awsConfig(stack));
  t.teardown(() => s3.destroy());

  for (const name of ["one", "two"]) await putObject(s3, bridge.push, name, "12345");
  await until("both at the partner", 60, () => partner.files.list("inbox").length === 2 || undefined);

  // A poll that comes while another run holds the connection is done by that run, and counted with it: one after the other.
  const told = (text: string) =>
    until(
      `the log to say "${text}"`,
      60,
      async () => (await logsOf(stack, functionName)).some(({ message }) => message.includes(text)) || undefined,
    );
  await told("files from S3 to SFTP");

  // The original named a rule after the streams that it polls.
  partner.files.write("outbox/three", "123");
  const event = {
    "detail-type": "Scheduled Event",
    source: "aws.events",
    resources: [`arn:aws:events:${stack.region}:${stack.accountId}:rule/acme`],
  };
  t.false((await invoke(stack, functionName, event)).failed);
  await until("the third in S3", 60, () => readObject(s3, bridge.pull, "three"));
  await told("[acme]: Moved 1 files from SFTP");
  t.false((await invoke(stack, functionName, event)).failed, "a poll that finds nothing");

  const { bucket, prefix } = placeOf(bridge.pull);
  const { Metadata } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: `${prefix}three` }));
  t.is(Metadata?.["synched"], "true");
  t.deepEqual(partner.files.list("inbox").sort(), ["one", "two"], "what was pulled isn't pushed");

  // The emulator stores a run's lines when the run has ended.
  await told("[acme]: Moved 0 files from SFTP");
  const lines = (await logsOf(stack, functionName)).map(({ message }) => message.trim());
  t.true(lines.some((line) => /\[acme\]: Moved [12] files from S3 to SFTP$/.test(line)));
  t.true(lines.some((line) => line.endsWith("[acme]: Moved 1 files from SFTP to S3")));
  const delivered = lines.flatMap((line) => (line.startsWith('{"timestamp"') ? [JSON.parse(line)] : []));
  t.like(
    delivered.find((line) => line.message === "Delivered" && line.path === "three"),
    {
      stream: "acme",
      direction: "pull",
      source: "outbox/three",
      destination: `${bucket}/${prefix}three`,
      bytes: 3,
      attempt: 1,
    },
  );
  t.true(
    delivered
      .filter((line) => line.message === "Delivered")
      .every((line) => line.requestId && line.sha256.length === 64),
  );

  const points = await metricsOf(stack, functionName, "both-ways");
  const samples = (metric: string) =>
    points
      .filter((point) => point.metric === metric && point.dimensions["stream"] === "acme")
      .flatMap(({ values }) => values);
  const sum = (metric: string) => samples(metric).reduce((total, value) => total + value, 0);
  t.is(sum("s3-to-sftp"), 2);
  t.is(sum("s3-to-sftp-bytes"), 10);
  t.is(sum("sftp-to-s3"), 1);
  t.is(sum("sftp-to-s3-bytes"), 3);
  t.true(samples("sftp-to-s3").includes(0), "a poll that moved nothing says so");
  t.true(samples("sftp-to-s3-duration").length > 0);
});
