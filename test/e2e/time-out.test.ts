/**
 * Files that the deployed function can't move within its time-out, both ways at once: 30 s, a partner that takes and gives
 * 1 MiB/s, and so many bytes that it takes five invocations. They go on where the one before stopped.
 */
import { createHash, randomBytes } from "node:crypto";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import test from "ava";
import { createRandom } from "../faults/random.ts";
import { startRelay } from "../faults/relay.ts";
import { awsConfig, createSecret, openConfiguration, startSshd, startStack, until } from "../stack/index.ts";
import { invoke } from "./helpers/invoke.ts";
import { entriesOf, journalItems } from "./helpers/journal.ts";
import { hashObject } from "./helpers/objects.ts";

const mebibyte = 1024 * 1024;
/** Bytes a second. */
const rate = mebibyte;
/** The function moves files for 22 of its 30 s. */
const size = 96 * mebibyte;

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

test("a function with a time-out of 30 s moves files that take five invocations, both ways at once, byte for byte", async (t) => {
  const [stack, partner] = await Promise.all([startStack(), startSshd()]);
  t.teardown(() => Promise.all([stack.stop(), partner.stop()]));
  const relays = await Promise.all([1, 2].map((seed) => startRelay(partner.port, createRandom(seed))));
  for (const relay of relays) {
    t.teardown(() => relay.stop());
    relay.setRate(rate);
  }
  partner.files.mkdir("inbox");
  const secret = await createSecret(stack, "sftp/acme", partner.key.privateKey);
  // One connection each, so that neither has the other's bytes.
  const sftp = (relay: number) =>
    `{ host = "127.0.0.1", port = ${relays[relay]?.port}, username = "${partner.username}", host_keys = ["${partner.fingerprint}"], private_key = { secret_arn = "${secret}" } }`;
  const workspace = await openConfiguration(stack, {
    "main.tf": `module "bridge" {
  source        = "../.."
  name          = "time-out"
  force_destroy = true
  timeout       = 30
  streams = {
    there = { sftp = ${sftp(0)}, push = { sftp = "inbox" } }
    back  = { sftp = ${sftp(1)}, pull = { sftp = "outbox", schedule = "rate(1 day)" } }
  }
}
output "bridge" { value = module.bridge }
`,
  });
  const { bridge } = (await workspace.apply()) as { bridge: Record<string, string> };
  const { bucket = "", function_name: functionName = "", table_name: table = "" } = bridge;
  const s3 = new S3Client(awsConfig(stack));
  t.teardown(() => s3.destroy());

  const pushed = randomBytes(size);
  const pulled = randomBytes(size);
  partner.files.write("outbox/pulled.bin", pulled);
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: "there/push/pushed.bin", Body: pushed }));
  await until("the object to be known", 120, async () => (await entriesOf(stack, table, "there"))[0]);

  const began = Date.now();
  const polling = invoke(stack, functionName, { action: "poll", streams: ["back"] });
  const lease = await until("a lease", 120, async () =>
    (await journalItems(stack, table)).find(({ kind }) => kind === "lease"),
  );
  const apart = Number(lease["ends"]) - Number(lease["until"]);
  t.true(Math.abs(apart) < 10_000, `the lease has its end by the table's clock as well, ${apart} ms apart`);
  const first = await polling;
  t.false(first.failed, JSON.stringify(first.payload));
  /** How far each file had come after each invocation that moved some of it, and wasn't the last. */
  const reached = { there: new Set<number>(), back: new Set<number>() };
  const streams = ["there", "back"] as const;
  const entryOf = async (stream: string) => (await entriesOf(stack, table, stream))[0];
  const look = async (): Promise<boolean> => {
    const entries = await Promise.all(streams.map(entryOf));
    streams.forEach((stream, index) => {
      const checkpoint = entries[index]?.progress?.checkpoint ?? 0;
      if (checkpoint > 0) reached[stream].add(checkpoint);
    });
    return entries.every((entry) => entry?.state === "delivered");
  };
  // Ticks come once a minute; these come as soon as the one before has ended, to save the waiting.
  await until("both files to be delivered", 480, async () => {
    if (await look()) return true;
    const answer = await invoke(stack, functionName, { action: "tick" });
    if (answer.failed) throw new Error(JSON.stringify(answer.payload));
    return undefined;
  });
  const seconds = Math.round((Date.now() - began) / 1000);

  t.is(sha256(partner.files.read("inbox/pushed.bin")), sha256(pushed));
  t.is(await hashObject(s3, `s3://${bucket}/back/pull/`, "pulled.bin"), sha256(pulled));
  t.deepEqual(partner.files.list("inbox"), ["pushed.bin"], "no temporary file is left");
  for (const [stream, bytes] of [
    ["there", pushed],
    ["back", pulled],
  ] as const) {
    const entry = await entryOf(stream);
    t.is(entry?.deliveries.at(-1)?.sha256, sha256(bytes), "the journal has its SHA-256");
    const steps = [...reached[stream]].map((checkpoint) => checkpoint / mebibyte);
    t.log(
      `${stream}: ${bytes.length / mebibyte} MiB in ${steps.length + 1} invocations (${steps.join(", ")}), ${seconds} s`,
    );
    t.true(steps.length + 1 >= 5, `${stream}: ${steps.length + 1} invocations`);
    t.deepEqual(
      steps,
      steps.toSorted((one, other) => one - other),
      "each went on where the one before had come",
    );
  }
  // 96 s are the line's own; the rest is log-ins, the last seconds of invocations, and a busy machine.
  t.true(seconds < 420, `${seconds} s`);
});
