// What is accepted: files cross both ways, what breaks is told and mended, and what the platform says of it.
import { randomBytes } from "node:crypto";
import { CloudWatchLogsClient, paginateFilterLogEvents } from "@aws-sdk/client-cloudwatch-logs";
import { GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { until } from "../stack/temporary.ts";
import type { Account, Bridge } from "./account.ts";
import { figuresOf, runIn } from "./figures.ts";
import type { Partner } from "./partner.ts";
import type { Report } from "./report.ts";

export type Scene = {
  readonly account: Account;
  readonly partner: Partner;
  readonly bridge: Bridge;
  readonly report: Report;
  /** Bytes of the large file. */
  readonly large: number;
};

const mebibyte = 1024 * 1024;

/** All of it, one after the other; throws at the first that fails. */
export async function runScenarios(scene: Scene): Promise<void> {
  const { account, bridge, report } = scene;
  const s3 = new S3Client({ ...account.config, forcePathStyle: !account.isReal });
  const bucket = bridge["bucket"] ?? "";
  const put = (path: string, body: Uint8Array | string) =>
    s3.send(new PutObjectCommand({ Bucket: bucket, Key: `acme/push/${path}`, Body: Buffer.from(body) }));
  const get = async (path: string) => {
    try {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: `acme/pull/${path}` }));
      return Buffer.from((await Body?.transformToByteArray()) ?? []);
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw error;
    }
  };
  try {
    await crossBothWays(scene, put, get);
    await moveLarge(scene, put, get);
    await breakAndMend(scene, put);
    report.figures.push(...figuresOf(await runsOf(scene)));
  } finally {
    s3.destroy();
  }
}

type Put = (path: string, body: Uint8Array | string) => Promise<unknown>;
type Get = (path: string) => Promise<Buffer | undefined>;

/** The first file may wait for its bucket's events to begin, which takes some five minutes, and for the bridge's own comparison. */
async function crossBothWays({ account, partner, report }: Scene, put: Put, get: Get): Promise<void> {
  const names = ["order.csv", "sub folder/ümläut ☃.txt", "empty"];
  const contentOf = (name: string) => (name === "empty" ? "" : `of ${name}`);
  await report.step("files cross from S3 to the partner", async () => {
    for (const name of names) await put(name, contentOf(name));
    for (const name of names) {
      const found = await until(`${name} at the partner`, 1_500, () => partner.read(`inbox/${name}`), account.pause);
      if (found.toString() !== contentOf(name)) throw new Error(`${name} arrived with other bytes`);
    }
  });
  await report.step("files cross from the partner to S3, by the schedule", async () => {
    for (const name of names) await partner.write(`outbox/${name}`, contentOf(name));
    for (const name of names) {
      const found = await until(`${name} in S3`, 900, () => get(name), account.pause);
      if (found.toString() !== contentOf(name)) throw new Error(`${name} was pulled with other bytes`);
      await until(`${name} to be moved at the partner`, 300, async () =>
        (await partner.read(`outbox/${name}`)) === undefined ? true : undefined,
      );
    }
  });
}

async function moveLarge({ partner, report, large }: Scene, put: Put, get: Get): Promise<void> {
  const body = randomBytes(large);
  const rate = (seconds: number) => `${(large / mebibyte / seconds).toFixed(1)} MiB/s`;
  const size = `${Math.round(large / mebibyte)} MiB`;
  const pushed = await report.step(`a file of ${size} crosses to the partner`, async () => {
    await put("large.bin", body);
    const found = await until("the large file at the partner", 1_800, () => partner.read("inbox/large.bin"), 1_000);
    if (!found.equals(body)) throw new Error("the large file arrived with other bytes");
  });
  const pulled = await report.step(`a file of ${size} crosses to S3`, async () => {
    await partner.write("outbox/large.bin", body);
    const found = await until("the large file in S3", 1_800, () => get("large.bin"), 1_000);
    if (!found.equals(body)) throw new Error("the large file was pulled with other bytes");
  });
  report.figures.push(
    [`push of ${size}, from its event to its arrival`, rate(pushed)],
    [`pull of ${size}, with its wait for the schedule`, rate(pulled)],
  );
}

/** The alarm is seen to turn red, and, unless it looks back for longer than anybody waits, green. */
async function breakAndMend({ account, bridge, partner, report }: Scene, put: Put): Promise<void> {
  const name = bridge["function_name"] ?? "";
  const turns = (alarm: string, state: string) =>
    until(
      `the alarm ${alarm} to be ${state}`,
      account.isReal ? 1_800 : 180,
      async () => ((await account.lookAt(`${name}/${alarm}`, bridge)) === state ? true : undefined),
      account.pause,
    );
  await report.step("an event that can't be taken in: the alarm dead-letters, and its end", async () => {
    const queue = bridge["dead_letter_queue_url"] ?? "";
    await account.aws("sqs", "send-message", "--queue-url", queue, "--message-body", "no event");
    await turns("dead-letters", "ALARM");
    await account.aws("sqs", "purge-queue", "--queue-url", queue);
    await turns("dead-letters", "OK");
  });
  await report.step(
    "a partner that lets nobody in: the alarm of errors; when it does, the file arrives by itself",
    async () => {
      await partner.lockOut();
      await put("late.csv", "late");
      await turns("acme/errors", "ALARM");
      await partner.admit();
      await until("the file that waited", 1_800, () => partner.read("inbox/late.csv"), account.pause);
    },
  );
  await report.step("a rule that is turned off: the alarm of the tick, and its end", async () => {
    await account.aws("events", "disable-rule", "--name", `${name}-tick`);
    await turns("tick", "ALARM");
    await account.aws("events", "enable-rule", "--name", `${name}-tick`);
    await turns("tick", "OK");
  });
}

async function runsOf({ account, bridge }: Scene) {
  const logs = new CloudWatchLogsClient(account.config);
  const runs = [];
  try {
    const logGroupName = bridge["log_group_name"] ?? "";
    for await (const { events = [] } of paginateFilterLogEvents(
      { client: logs },
      { logGroupName, filterPattern: "REPORT" },
    ))
      runs.push(...events.flatMap(({ message = "" }) => runIn(message) ?? []));
    return runs;
  } finally {
    logs.destroy();
  }
}
