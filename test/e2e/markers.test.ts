/** Markers both ways, files that a gate lets pass, and that are compressed and encrypted on their way, as a user applies them: a file tells the partner, and the partner tells us, that another one is complete. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { GetObjectCommand, HeadObjectCommand, S3Client } from "@aws-sdk/client-s3";
import test from "ava";
import { createKeyRing } from "../helpers/gnupg.ts";
import { awsConfig, until } from "../stack/index.ts";
import { placeOf } from "../stack/places.ts";
import { repository } from "../stack/tools.ts";
import { startBothWays } from "./helpers/both-ways.ts";
import { createFunction } from "./helpers/function.ts";
import { invoke } from "./helpers/invoke.ts";
import { putObject, readObject } from "./helpers/objects.ts";
import { isShownWhenGuardDutyTells } from "./helpers/told-of-scans.ts";

/** A scanner of the account's own: it knows two words, and holds one until there is a file. */
const scannerOf = (file: string) => `exports.handler = async ({ path, version_id, etag }) => {
  if (path.endsWith("evil.csv")) return { verdict: "reject", reason: "that word", version_id, etag };
  const isHeld = path.endsWith("slow.csv") && !require("node:fs").existsSync(${JSON.stringify(file)});
  return { verdict: isHeld ? "hold" : "pass", reason: "one at a time", version_id, etag };
};`;

const sum = (content: string | Buffer) => createHash("sha256").update(content).digest("hex");

test("what is pushed gets a marker, and what is pulled waits for its own and for the sum in it", async (t) => {
  const ring = createKeyRing();
  t.teardown(ring.remove);
  const world = await startBothWays("", {
    secrets: { "pgp-acme": ring.make("acme").public },
    streams:
      'scanned = { sftp = local.sftp, pull = { sftp = "scanned", schedule = "rate(1 day)", gate = { guardduty = {} } } }',
    push: ', on_exists = "number", pgp = { encrypt_to = [{ secret_arn = "@pgp-acme" }] }, name = "{dir}/{stream}-{stem}-{mtime:yyyy}-{seq:4}{ext}", gate = { function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:scanner" }, compress = "gzip", work_directory = "work", order = "sequence", sequence = { name = "{seq}-*.csv", max = 9999 }, mode = "0604", keep_mtime = true, marker = { name = "{name}.done", content = "sha256" }',
    pull: ', gate = { function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:scanner" }, on_exists = "number", name = "{stream}/{stem}-{mtime:yyyy}{ext}", archive = { directory = "outbox/archive", name = "{mtime:yyyy}/{name}" }, ready = { marker = "{stem}.ok", checksum = "sha256" }',
  });
  const { stack, partner, functionName, push, pull, stop } = world;
  t.teardown(stop);
  const s3 = new S3Client(awsConfig(stack));
  t.teardown(() => s3.destroy());
  const { files } = partner;
  const poll = () => invoke(stack, functionName, { action: "poll", streams: ["acme"] });

  t.is(
    await createFunction(stack, "scanner", scannerOf(files.path("go-on")), 30),
    "arn:aws:lambda:eu-central-1:123456789012:function:scanner",
  );

  const year = new Date().getUTCFullYear();
  const taken = `inbox/acme-1-taken-${year}-0001.csv.gz.pgp`;
  const free = `inbox/acme-1-taken-${year}-0001-1.csv.gz.pgp`;
  const orders = `inbox/acme-2-orders-${year}-0002.csv.gz.pgp`;
  files.write(taken, "theirs");
  await putObject(s3, push, "2-orders.csv", "some orders");
  const awaited = await until("the second file to wait for the first", 60, async () => {
    const { payload } = await invoke(stack, functionName, { action: "status", stream: "acme" });
    return /"sequence":{[^}]*"waiting":1[^}]*}/.exec(JSON.stringify(payload))?.[0];
  });
  t.regex(awaited, /"awaits":1,.*"path":null,.*"first_path":"2-orders\.csv"/);
  t.deepEqual(files.list("inbox"), [taken.slice("inbox/".length)]);
  await putObject(s3, push, "1-taken.csv", "ours");
  await until("the marker of what has another name", 60, async () => files.exists(`${free}.done`) || undefined);
  await until("the marker of what was pushed", 60, async () => files.exists(`${orders}.done`) || undefined);
  t.is(files.read(taken).toString(), "theirs", "it was there before");
  const packed = files.read(orders);
  t.is(gunzipSync(ring.must(["--passphrase", "", "--decrypt"], packed)).toString(), "some orders");
  t.is(files.read(`${orders}.done`).toString(), sum(packed), "of what the partner has");
  t.false(files.exists(orders.replace(".gz.pgp", "")));

  t.true(statSync(files.path("work")).isDirectory(), "they were written there");

  await putObject(s3, push, "3-evil.csv", "nothing good");
  const rejected = await until("the gate to reject", 60, async () => {
    const { payload } = await invoke(stack, functionName, { action: "list", stream: "acme", direction: "push" });
    return /3-evil[^}]*rejected by its gate[^}]*that word/.exec(JSON.stringify(payload))?.[0];
  });
  t.regex(rejected, /nothing of it was sent/);
  t.deepEqual(
    files.list("inbox").filter((name) => name.includes("evil")),
    [],
  );

  // It holds the next one, as does a number that is missing, until an operator lets both go.
  await putObject(s3, push, "5-last.csv", "the last");
  const asked = async (event: object) => {
    const request = { stream: "acme", direction: "push", ...event };
    return JSON.stringify((await invoke(stack, functionName, request)).payload).replaceAll("\\", "");
  };
  await until("the last file to be known", 60, async () => {
    return /5-last[^}]*it waits for "3-evil\.csv"/.test(await asked({ action: "list" })) || undefined;
  });
  t.regex(await asked({ action: "skip", path: "3-evil.csv" }), /"skipped":1/);
  t.regex(await asked({ action: "skip", number: "4" }), /"skipped":1.*"path":"4","result":"skipped"/);
  await until("the file behind a number that was let go", 60, async () => {
    await invoke(stack, functionName, { action: "tick" });
    return files.exists(`inbox/acme-5-last-${year}-0003.csv.gz.pgp.done`) || undefined;
  });

  const sent = statSync(files.path(orders));
  t.is(sent.mode & 0o777, 0o604);
  t.is(sent.mtimeMs % 1000, 0, "the time that it was given, and not the server's own");

  files.write("outbox/report.csv", "a report");
  t.false((await poll()).failed);
  t.is(await readObject(s3, pull, `acme/report-${year}.csv`), undefined, "it has no marker yet");
  t.true(files.exists("outbox/report.csv"));

  files.write("outbox/report.ok", `${sum("another report")}  report.csv\n`);
  t.false((await poll()).failed);
  t.is(await readObject(s3, pull, `acme/report-${year}.csv`), undefined, "it isn't what its marker says");

  await putObject(s3, pull, `acme/other-${year}.csv`, "of somebody else");
  files.write("outbox/other.csv", "another");
  files.write("outbox/other.ok", `${sum("another")}  other.csv\n`);
  for (const name of ["evil", "slow"]) {
    files.write(`outbox/${name}.csv`, `${name} content`);
    files.write(`outbox/${name}.ok`, `${sum(`${name} content`)}  ${name}.csv\n`);
  }
  t.false((await poll()).failed);
  await until("the marker to be taken", 60, async () => {
    await invoke(stack, functionName, { action: "tick" });
    return !files.exists("outbox/other.ok") || undefined;
  });
  t.is((await readObject(s3, pull, `acme/other-${year}-1.csv`))?.toString(), "another");
  t.is((await readObject(s3, pull, `acme/other-${year}.csv`))?.toString(), "of somebody else", "it was there before");
  const { bucket, prefix } = placeOf(pull);
  const head = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: `${prefix}acme/other-${year}-1.csv` }));
  t.regex(head.Metadata?.["mtime"] ?? "", /^\d{10}$/);
  t.regex(head.Metadata?.["mode"] ?? "", /^0[0-7]{3}$/);
  t.is(await readObject(s3, pull, "other.ok"), undefined, "the marker itself isn't delivered");
  t.false(files.exists("outbox/other.csv"));
  t.is(files.read(`outbox/archive/${year}/other.csv`).toString(), "another", "in the archive, which isn't polled");
  t.true(files.exists("outbox/report.csv") && files.exists("outbox/report.ok"), "what doesn't fit stays");

  // What the gate rejects goes to the quarantine, what it holds is seen once it has passed.
  const pulled = async (pattern: RegExp) =>
    until(`${pattern}`, 120, async () => {
      await invoke(stack, functionName, { action: "tick" });
      const { payload } = await invoke(stack, functionName, { action: "list", stream: "acme", direction: "pull" });
      return pattern.exec(JSON.stringify(payload))?.slice(1);
    });
  const [from = "", key = ""] = await pulled(
    /evil\.csv was rejected by its gate[^}]*that word[^}]*s3:\/\/([^/]+)\/(quarantine\/acme\/[\w/-]+)/,
  );
  const copy = await s3.send(new GetObjectCommand({ Bucket: from, Key: key }));
  t.is(await copy.Body?.transformToString(), "evil content");
  await pulled(/slow\.csv is held by its gate[^}]*(one at a time)/);
  for (const name of ["evil", "slow"]) {
    t.is(await readObject(s3, pull, `acme/${name}-${year}.csv`), undefined, `${name} isn't seen`);
    t.true(files.exists(`outbox/${name}.csv`), `${name} stays at the partner`);
  }
  files.write("go-on", "");
  t.false((await invoke(stack, functionName, { action: "redrive", stream: "acme", path: "slow.csv" })).failed);
  const slow = await until("what was held", 120, async () => {
    await invoke(stack, functionName, { action: "tick" });
    return readObject(s3, pull, `acme/slow-${year}.csv`);
  });
  t.is(slow.toString(), "slow content");

  await isShownWhenGuardDutyTells(t, { ...world, pull: pull.replace("/acme/", "/scanned/") });

  // What an auditor asks for, by the command itself, out of the deployed journal.
  const day = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
  const report = (...args: string[]) => {
    const command = ["bridge/src/bridge.ts", "report", "--function", functionName, ...args];
    const env = { ...process.env, ...stack.env };
    return execFileSync(process.execPath, command, { cwd: repository, env, encoding: "utf8" }).trimEnd().split("\r\n");
  };
  const [columns, ...rows] = report(
    "--stream",
    "acme",
    "--from",
    day,
    "--to",
    new Date(Date.now() + 60_000).toISOString(),
  );
  t.regex(columns ?? "", /^stream,direction,path,state,known_at,delivered_at,destination,bytes,sha256,/);
  t.true(
    rows.some(
      (row) =>
        row.startsWith("acme,push,2-orders.csv,delivered,") &&
        row.includes(`,${orders},${packed.length},${sum(packed)},`),
    ),
    rows.join("\n"),
  );
  t.true(rows.some((row) => row.startsWith("acme,push,1-taken.csv,delivered,") && row.includes(`,${free},`)));
  t.true(rows.some((row) => row.startsWith("acme,pull,other.csv,delivered,") && row.includes(sum("another"))));
  t.true(
    rows.some((row) => /^acme,pull,report\.csv,waiting,.*sha256/.test(row)),
    rows.join("\n"),
  );
  t.deepEqual(
    report("--from", "2020-01-01", "--to", "2020-01-02").length,
    1,
    "nothing but the head of a day without files",
  );
});
