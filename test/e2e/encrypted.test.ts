/**
 * examples/encrypted, applied as a user would, with a partner that has GnuPG: files that are encrypted and decrypted on their way,
 * archives that are unpacked, and what isn't as it has to be. And what a run leaves behind for those who look, counted on these
 * files: log lines, metrics, the mark against echoes; and a rule of the original's.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import test from "ava";
import { createKeyRing } from "../helpers/gnupg.ts";
import {
  applyExample,
  awsConfig,
  createSecret,
  logsOf,
  metricsOf,
  startSshd,
  startStack,
  until,
} from "../stack/index.ts";
import { placeOf } from "../stack/places.ts";
import { temporaryFolder } from "../stack/temporary.ts";
import { invoke } from "./helpers/invoke.ts";
import { putObject, readObject } from "./helpers/objects.ts";
import { startOnCall } from "./helpers/on-call.ts";

/** An archive as Python writes it, of names and their contents. */
const zipped = (files: Readonly<Record<string, string>>): Buffer =>
  execFileSync("python3", [
    "-c",
    `import io, json, sys, zipfile
out = io.BytesIO()
with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
    for name, content in json.loads(sys.argv[1]).items(): archive.writestr(name, content)
sys.stdout.buffer.write(out.getvalue())`,
    JSON.stringify(files),
  ]);

/** An archive as tar and gzip write it, of a directory with these files. */
const tarred = (files: Readonly<Record<string, string>>): Buffer => {
  const folder = temporaryFolder("tarred");
  try {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(join(folder, path, ".."), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    return execFileSync("tar", ["-C", folder, "-czf", "-", "."]);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

const passphrase = "open sesame";

test("what is encrypted both ways, and packed, arrives in the clear; what was tampered with never shows, and is an alarm", async (t) => {
  const ring = createKeyRing();
  t.teardown(ring.remove);
  const ours = ring.make("files@us.example", { passphrase });
  const theirs = ring.make("files@acme.example");
  const [stack, partner] = await Promise.all([startStack(), startSshd()]);
  t.teardown(() => Promise.all([stack.stop(), partner.stop()]));
  const { files } = partner;
  for (const name of ["inbox", "outbox", "archives"]) files.mkdir(name);
  const { applied } = await applyExample(stack, "encrypted", {
    force_destroy: true,
    partner: {
      host: partner.host,
      port: partner.port,
      username: partner.username,
      host_keys: [partner.fingerprint],
    },
    pgp: {
      our_passphrase_secret_arn: await createSecret(stack, "pgp/ours-passphrase", passphrase),
      our_private_key_secret_arn: await createSecret(stack, "pgp/ours", ours.private),
      their_public_key_secret_arn: await createSecret(stack, "pgp/acme", theirs.public),
    },
    private_key_secret_arn: await createSecret(stack, "sftp/acme", partner.key.privateKey),
    // Polled by the test itself.
    schedule: "rate(1 day)",
  });
  const bridge = applied["bridge"] as Readonly<Record<string, string>>;
  const { function_name: functionName = "", metric_namespace: namespace = "" } = bridge;
  const s3 = new S3Client(awsConfig(stack));
  t.teardown(() => s3.destroy());

  const sealed = (content: Buffer | string, signer = "files@acme.example") => {
    const words = signer === "files@acme.example" ? "" : passphrase;
    const args = ["--recipient", "files@us.example", "--local-user", signer, "--sign", "--encrypt"];
    return ring.must(["--passphrase", words, "--output", "-", ...args], content);
  };
  /** What is in the clear in S3, below the place of one of the two streams. */
  const keysOf = async (address: unknown) => {
    const { bucket, prefix } = placeOf(address);
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }));
    return Contents.map(({ Key = "" }) => Key.slice(prefix.length));
  };

  const sent = { one: "12345", two: "123456" };
  for (const [name, content] of Object.entries(sent)) await putObject(s3, applied["upload_to"], name, content);
  await until(
    "both at the partner",
    60,
    () => Object.keys(sent).every((name) => files.exists(`inbox/${name}.pgp`)) || undefined,
  );
  t.deepEqual(files.list("inbox").sort(), ["one.pgp", "two.pgp"]);
  for (const [name, content] of Object.entries(sent)) {
    const { out, said } = ring.run(["--passphrase", "", "--decrypt"], files.read(`inbox/${name}.pgp`));
    t.is(out.toString(), content);
    t.regex(said, /GOODSIG \w+ files@us\.example/);
  }

  // A poll that comes while another run holds the connection is done by that run, and counted with it: one after the other.
  const told = (text: string) =>
    until(
      `the log to say "${text}"`,
      60,
      async () => (await logsOf(stack, functionName)).some(({ message }) => message.includes(text)) || undefined,
    );
  await told("files from S3 to SFTP");

  // The original named a rule after the streams that it polls.
  files.write("outbox/three.pgp", sealed("123"));
  const event = {
    "detail-type": "Scheduled Event",
    source: "aws.events",
    resources: [`arn:aws:events:${stack.region}:${stack.accountId}:rule/acme`],
  };
  t.false((await invoke(stack, functionName, event)).failed);
  const three = await until("the third in S3", 60, () => readObject(s3, applied["files"], "three"));
  t.is(three.toString(), "123");
  await told("[acme]: Moved 1 files from SFTP");
  t.false((await invoke(stack, functionName, event)).failed, "a poll that finds nothing");

  const { bucket, prefix } = placeOf(applied["files"]);
  const { Metadata } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: `${prefix}three` }));
  t.is(Metadata?.["synched"], "true");
  t.deepEqual(files.list("inbox").sort(), ["one.pgp", "two.pgp"], "what was pulled isn't pushed");

  // The emulator stores a run's lines when the run has ended.
  await told("[acme]: Moved 0 files from SFTP");
  const lines = (await logsOf(stack, functionName)).map(({ message }) => message.trim());
  t.true(lines.some((line) => /\[acme\]: Moved [12] files from S3 to SFTP$/.test(line)));
  t.true(lines.some((line) => line.endsWith("[acme]: Moved 1 files from SFTP to S3")));
  const delivered = lines.flatMap((line) => (line.startsWith('{"timestamp"') ? [JSON.parse(line)] : []));
  t.like(
    delivered.find((line) => line.message === "Delivered" && line.path === "three.pgp"),
    {
      stream: "acme",
      direction: "pull",
      source: "outbox/three.pgp",
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

  const points = await metricsOf(stack, functionName, namespace);
  const samples = (metric: string) =>
    points
      .filter((point) => point.metric === metric && point.dimensions["stream"] === "acme")
      .flatMap(({ values }) => values);
  const sum = (metric: string) => samples(metric).reduce((total, value) => total + value, 0);
  const atPartner = Object.keys(sent).reduce((total, name) => total + files.read(`inbox/${name}.pgp`).byteLength, 0);
  t.is(sum("s3-to-sftp"), 2);
  t.is(sum("s3-to-sftp-bytes"), atPartner, "as they are at the partner");
  t.is(sum("sftp-to-s3"), 1);
  t.is(sum("sftp-to-s3-bytes"), 3, "as they are in S3");
  t.true(samples("sftp-to-s3").includes(0), "a poll that moved nothing says so");
  t.true(samples("sftp-to-s3-duration").length > 0);

  // Archives, each below a directory of its own name.
  const march = { "eu/1.csv": "one;eins\n".repeat(1_000), "größe ☃.csv": "name;größe\n", empty: "" };
  const april = { "2.csv": "two;zwei\n", "deep/er/3.csv": "three;drei\n".repeat(500) };
  files.write("archives/2026/march.zip.pgp", sealed(zipped(march)));
  files.write("archives/april.tar.gz.pgp", sealed(tarred(april)));
  const packed = {
    ...Object.fromEntries(Object.entries(march).map(([path, content]) => [`2026/march/${path}`, content])),
    ...Object.fromEntries(Object.entries(april).map(([path, content]) => [`april/${path}`, content])),
  };
  const poll = (stream: string) => invoke(stack, functionName, { action: "poll", streams: [stream] });
  t.false((await poll("acme-archives")).failed);
  await until("both archives to be moved", 120, async () => {
    await invoke(stack, functionName, { action: "tick" });
    const left = files.list("archives").filter((path) => !path.includes(".done/"));
    return left.length === 0 || undefined;
  });
  t.deepEqual((await keysOf(applied["archives"])).sort(), Object.keys(packed).sort());
  for (const [path, content] of Object.entries(packed))
    t.is((await readObject(s3, applied["archives"], path))?.toString(), content, path);

  // What was changed on its way, is signed by somebody else, is in the clear, or leads out of its directory.
  const tampered = sealed("a report that somebody has changed");
  const at = tampered.byteLength - 30;
  tampered[at] = (tampered[at] ?? 0) ^ 1;
  const bad = {
    "outbox/tampered.csv.pgp": tampered,
    "outbox/ours.csv.pgp": sealed("signed by another", "files@us.example"),
    // The same name as one that came encrypted.
    "outbox/three": Buffer.from("in the clear"),
    "archives/may.zip.pgp": sealed(zipped({ "good.csv": "good", "../../acme/pull/evil.csv": "evil" })),
  };
  for (const [path, content] of Object.entries(bad)) files.write(path, content);
  for (const stream of ["acme", "acme-archives"]) t.false((await poll(stream)).failed);
  const said = await until("all four to have failed", 120, async () => {
    await invoke(stack, functionName, { action: "tick" });
    const answers = ["acme", "acme-archives"].map((stream) =>
      invoke(stack, functionName, { action: "list", stream, direction: "pull" }),
    );
    const rows = (await Promise.all(answers)).flatMap(
      ({ payload }) => (payload as { files: { path: string; state: string; why: string }[] }).files,
    );
    const failed = rows.filter(({ state }) => state === "failed");
    return failed.length === 4 ? Object.fromEntries(failed.map(({ path, why }) => [path, why])) : undefined;
  });
  t.regex(said["tampered.csv.pgp"] ?? "", /stays at the partner/);
  t.regex(said["ours.csv.pgp"] ?? "", /sign.*stays at the partner/s);
  t.regex(said["three"] ?? "", /strip_suffix.*stays at the partner/s);
  t.regex(said["may.zip.pgp"] ?? "", /leads out of its directory.*stays at the partner/s);
  t.log(said);
  t.deepEqual(await keysOf(applied["files"]), ["three"]);
  t.is((await readObject(s3, applied["files"], "three"))?.toString(), "123", "what came encrypted");
  t.deepEqual((await keysOf(applied["archives"])).sort(), Object.keys(packed).sort());
  for (const [path, content] of Object.entries(bad)) t.deepEqual(files.read(path), content, `${path} stays as it is`);

  const onCall = await startOnCall(stack, functionName, bridge["alarm_topic_arn"] ?? "");
  t.teardown(onCall.close);
  await onCall.minutes(2);
  const states = await onCall.alarms();
  for (const alarm of ["acme/failed-pull", "acme-archives/failed-pull"]) t.is(states[alarm], "ALARM", alarm);
});
