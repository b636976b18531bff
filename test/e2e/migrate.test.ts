/**
 * A bucket, two servers, a configuration and rules in the state in which the original leaves them, migrated as
 * examples/migrate-from-gilt tells: nothing goes twice, what waits moves, and rules of the original's kind go on working.
 */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { GetPolicyCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { CreateBucketCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import test from "ava";
import { aws } from "../stack/aws-cli.ts";
import {
  awsConfig,
  changeSecret,
  openConfiguration,
  openExample,
  type Stack,
  startPasswordServer,
  startSshd,
  startStack,
  until,
} from "../stack/index.ts";
import { repository } from "../stack/tools.ts";
import { invoke } from "./helpers/invoke.ts";
import { isFormatted, runMigrate, shell, stepsIn } from "./helpers/migrate.ts";
import { readObject } from "./helpers/objects.ts";

const bucket = "files-of-the-original";
const day = 86_400_000;
/** What the original puts before a name in `.done`. */
const stamp = (daysAgo: number) => new Date(Date.now() - daysAgo * day).toISOString().replace(/\D/g, "").slice(0, 14);

const keysBelow = async (s3: S3Client, prefix: string) =>
  ((await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }))).Contents ?? []).map(({ Key }) => Key);

const putRule = async (stack: Stack, name: string, schedule: string) => {
  await aws(stack, "events", "put-rule", "--name", name, "--schedule-expression", schedule);
};

test("the state that the original leaves: nothing goes twice, what waits moves, its rules go on working", async (t) => {
  const [stack, acme, globex] = await Promise.all([startStack(), startSshd(), startPasswordServer()]);
  t.teardown(() => Promise.all([stack.stop(), acme.stop(), globex.stop()]));
  const s3 = new S3Client(awsConfig(stack));
  t.teardown(() => s3.destroy());

  // ── what the original leaves ──
  await s3.send(
    new CreateBucketCommand({
      Bucket: bucket,
      CreateBucketConfiguration: { LocationConstraint: stack.region as never },
    }),
  );
  const put = (Key: string, Body: string, Metadata = {}) =>
    s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body, Metadata }));
  const synched = { synched: "true" };
  await put("keys/acme", acme.key.privateKey);
  await put("out/sent.csv", "as it was sent", synched);
  await put("out/deep/sent.csv", "as it was sent", synched);
  await put("out/waiting.csv", "not sent yet");
  await put("out/deep/waiting.csv", "not sent yet, deep");
  await put("in/acme/fetched.csv", "as it was fetched", synched);
  // The partner did something to it meanwhile: it would show if it came again.
  acme.files.write("inbox/sent.csv", "as the partner has it");
  acme.files.write("outbox/new.csv", "new at acme");
  acme.files.write("outbox/deep/new.csv", "new at acme, deep");
  const [old, deepOld, young] = [`${stamp(21)}-old.csv`, `${stamp(25)}-old.csv`, `${stamp(19)}-fetched.csv`];
  acme.files.write(`outbox/.done/${old}`, "older than fileRetentionDays");
  acme.files.write(`outbox/deep/.done/${deepOld}`, "older than fileRetentionDays");
  acme.files.write(`outbox/.done/${young}`, "as it was fetched");
  acme.files.write("outbox/.done/not-stamped.csv", "whose?");
  const [byDefault, oldByDefault] = [`${stamp(13)}-a.csv`, `${stamp(15)}-b.csv`];
  globex.files.write(`outgoing/.done/${byDefault}`, "younger than 14 days");
  globex.files.write(`outgoing/.done/${oldByDefault}`, "older than 14 days");
  globex.files.write("outgoing/first.csv", "by a rule of two streams");
  globex.files.mkdir("incoming");

  const atAcme = { host: acme.host, port: acme.port, username: acme.username, s3PrivateKey: `${bucket}/keys/acme` };
  const atGlobex = { host: globex.host, port: globex.port, username: globex.username, password: globex.password };
  const config = {
    Orders_Out: { s3Location: `${bucket}/out`, sftpLocation: "inbox", sftpConfig: atAcme },
    "orders copy": { s3Location: `${bucket}/out/`, sftpLocation: "incoming", sftpConfig: atGlobex },
    Reports_In: { s3Location: `${bucket}/in/acme`, sftpLocation: "outbox", fileRetentionDays: 20, sftpConfig: atAcme },
    globex: {
      s3Location: `${bucket}/in/globex`,
      sftpLocation: "outgoing/",
      sftpConfig: { ...atGlobex, readyTimeout: 10_000 },
    },
  };
  await put("config/s3-sftp-bridge.json", JSON.stringify(config));
  // Several streams in one rule, and several rules for one stream; a third schedule that only one has.
  await putRule(stack, "Reports_In", "rate(1 day)");
  await putRule(stack, "Reports_In.globex", "rate(1 minute)");
  await putRule(stack, "globex.Reports_In", "cron(0/1 * * * ? *)");
  await putRule(stack, "poll", "rate(10 minutes)");

  // ── migrate, as the example's README tells ──
  const example = await openExample(stack, "migrate-from-gilt");
  const variables = join(example.folder, "streams.auto.tfvars");
  await shell(stack, "aws events list-rules --output json > rules.json");
  const source = `s3://${bucket}/config/s3-sftp-bridge.json`;
  const ran = await runMigrate(stack, source, "--rules", "rules.json", "--out", variables);
  t.is(ran.status, 1, ran.err);
  let hcl = readFileSync(variables, "utf8");
  t.deepEqual(/# Not carried over:\n((?:# - .*\n)+)/.exec(hcl)?.[1]?.match(/^# - "[^"]*"/gm), ['# - "orders copy"']);
  t.false((hcl + ran.out + ran.err).includes(globex.password));
  t.true(await isFormatted(stack, variables));

  const refused = await t.throwsAsync(example.plan());
  t.regex(
    refused?.message.replace(/\n?[│\s]+/g, " ") ?? "",
    /Stream Orders_Out, sftp\.host_keys: "REPLACE by what `ssh-keyscan -p \d+ 127\.0\.0\.1` prints" is neither a fingerprint/,
  );
  const stores = stepsIn(hcl).filter((step) => step.startsWith("Store "));
  // Both streams of globex have the settings of the first, and so one password.
  t.is(stores.length, 1);
  for (const step of stores) await shell(stack, step.replace(/^Store [^:]*: /, ""));
  for (const { host, port, fingerprint } of [acme, globex])
    hcl = hcl.replaceAll(`REPLACE by what \`ssh-keyscan -p ${port} ${host}\` prints`, fingerprint);
  writeFileSync(variables, hcl);
  const applied = await example.apply({ enable_eventbridge_on_buckets: [bucket], force_destroy: true });
  t.deepEqual(await example.plan(), []);
  const { function_name: functionName } = applied["bridge"] as { function_name: string };
  t.regex(hcl, /^schedule_rules = \["Reports_In\.globex", "globex\.Reports_In"\]$/m);
  const { Policy = "" } = await new LambdaClient(awsConfig(stack)).send(
    new GetPolicyCommand({ FunctionName: functionName, Qualifier: "schedule" }),
  );
  for (const rule of ["Reports_In.globex", "globex.Reports_In"]) t.regex(Policy, new RegExp(`:rule/${rule}"`));

  // ── files: by a rule of two streams, that nobody but EventBridge calls ──
  const keep = async (rule: string) => {
    const step = stepsIn(hcl).find((line) => line.includes(`point rule ${rule} `)) ?? "";
    const command = step
      .replace(/^[^:]*: /, "")
      .replace('"$(terraform output -raw schedule_arn)"', String(applied["schedule_arn"]));
    t.regex(command, /^aws events put-targets/);
    await shell(stack, command);
  };
  await keep("Reports_In.globex");
  await until("the files at acme to be fetched", 120, async () =>
    (await keysBelow(s3, "in/acme/")).length === 3 ? true : undefined,
  );
  t.deepEqual(await keysBelow(s3, "in/acme/"), ["in/acme/deep/new.csv", "in/acme/fetched.csv", "in/acme/new.csv"]);
  t.is((await readObject(s3, `s3://${bucket}/in/acme/`, "deep/new.csv"))?.toString(), "new at acme, deep");
  t.is((await readObject(s3, `s3://${bucket}/in/acme/`, "fetched.csv"))?.toString(), "as it was fetched");
  await until("the file at globex to be fetched", 120, () => readObject(s3, `s3://${bucket}/in/globex/`, "first.csv"));
  const left = await until("what is too old in .done to go", 60, () => {
    const files = acme.files.list("outbox");
    return files.some((file) => file.includes("old.csv") || file === "new.csv" || file === "deep/new.csv")
      ? undefined
      : files;
  });
  t.deepEqual(
    left.map((file) => file.replace(/\d{14}-(?=new)/, "")).sort(),
    [".done/not-stamped.csv", ".done/new.csv", `.done/${young}`, "deep/.done/new.csv"].sort(),
  );
  const atGlobexLeft = await until("globex's .done to be tidied", 60, () => {
    const files = globex.files.list("outgoing");
    return files.some((file) => file.includes(oldByDefault) || file === "first.csv") ? undefined : files;
  });
  t.true(atGlobexLeft.includes(`.done/${byDefault}`));
  t.is(atGlobexLeft.length, 2);

  // ── objects: what waited goes, what was sent doesn't ──
  // Objects of the last two minutes are left to their events, which these have none of.
  const backfill = async () => {
    for (const stream of ["Orders_Out", "orders-copy"]) {
      const { payload, failed } = await invoke(stack, functionName, { action: "backfill", stream });
      t.false(failed, JSON.stringify(payload));
    }
    const there = acme.files.exists("inbox/deep/waiting.csv") && globex.files.exists("incoming/deep/waiting.csv");
    return there || undefined;
  };
  await until("what waited to arrive", 240, backfill, 10_000);
  t.deepEqual(acme.files.list("inbox"), ["deep/waiting.csv", "sent.csv", "waiting.csv"]);
  t.is(acme.files.read("inbox/sent.csv").toString(), "as the partner has it");
  t.deepEqual(globex.files.list("incoming"), ["deep/waiting.csv", "waiting.csv"]);

  // ── copied out of .done, it comes again; by another rule of the same stream ──
  await shell(stack, "aws events disable-rule --name Reports_In.globex");
  await keep("globex.Reports_In");
  acme.files.write("outbox/again.csv", acme.files.read(`outbox/.done/${young}`));
  await until("the file that was copied out of .done", 180, () =>
    readObject(s3, `s3://${bucket}/in/acme/`, "again.csv"),
  );

  // ── one object for two streams: each by itself ──
  await put("out/marked.csv", "as the original marks it", synched);
  await put("out/both.csv", "to both");
  await until("the object to be at both partners", 60, () =>
    acme.files.exists("inbox/both.csv") && globex.files.exists("incoming/both.csv") ? true : undefined,
  );
  await globex.stop();
  await put("out/one.csv", "to the one that is up");
  await until("the object to be at the partner that is up", 60, () => acme.files.exists("inbox/one.csv") || undefined);
  t.deepEqual(acme.files.list("inbox"), ["both.csv", "deep/waiting.csv", "one.csv", "sent.csv", "waiting.csv"]);
  t.is(acme.files.read("inbox/sent.csv").toString(), "as the partner has it");
  await example.destroy();
});

test("the example's own configuration, and the original's README's, give streams that the module takes", async (t) => {
  const stack = await startStack();
  t.teardown(() => stack.stop());
  const original = join(repository, "examples/migrate-from-gilt/original");
  const ran = await runMigrate(stack, join(original, "config.json"), "--rules", join(original, "rules.json"));
  t.is(ran.status, 0, ran.err);
  t.false((ran.out + ran.err).includes("only-an-example"));
  const pinned = (hcl: string) => hcl.replace(/"REPLACE by [^"]*"/g, `"SHA256:${"a".repeat(43)}"`);
  const workspace = await openConfiguration(stack, {
    "main.tf": `module "bridge" {\n  source = "../.."\n  name = "migrated"\n${pinned(ran.out)}\n}`,
  });
  t.true((await workspace.plan()).length > 0);

  writeFileSync(join(stack.folder, "readme.json"), JSON.stringify(ofTheReadme));
  const readme = await runMigrate(
    stack,
    "readme.json",
    "--schedule",
    "stream1.stream2=rate(5 minutes)",
    "--account",
    "111122223333",
    "--region",
    "eu-central-1",
  );
  t.is(readme.status, 0, readme.err);
  writeFileSync(
    join(workspace.folder, "main.tf"),
    `module "bridge" {\n  source = "../.."\n  name = "migrated"\n${pinned(readme.out)}\n}`,
  );
  t.true((await workspace.plan()).length > 0);

  writeFileSync(join(stack.folder, "odd.json"), JSON.stringify(odd));
  const strange = await runMigrate(stack, "odd.json", "--schedule=-x_.__proto__=cron(0 6 ? * MON-FRI *)");
  t.is(strange.status, 1, strange.err);
  writeFileSync(join(stack.folder, "odd.tfvars"), strange.out);
  t.true(await isFormatted(stack, "odd.tfvars"));
  const arns = strange.out.replaceAll(":REGION:ACCOUNT:", ":eu-central-1:111122223333:");
  writeFileSync(
    join(workspace.folder, "main.tf"),
    `module "bridge" {\n  source = "../.."\n  name = "migrated"\n${pinned(arns)}\n}\noutput "names" { value = keys(module.bridge.streams) }`,
  );
  const names = (await workspace.plan()).find(({ address }) => address === "output.names");
  t.deepEqual(names?.after, ["-x_", "U-ni-code-quotes", "__proto__", "n".repeat(64)]);

  const none = await runMigrate(stack, "readme.json", "--schedule", "stream1.stream2=rate(5 minutes)");
  t.is(none.status, 0);
  writeFileSync(
    join(workspace.folder, "main.tf"),
    `module "bridge" {\n  source = "../.."\n  name = "migrated"\n${pinned(none.out)}\n}`,
  );
  const error = await t.throwsAsync(workspace.plan());
  t.regex(error?.message.replace(/\n?[│\s]+/g, " ") ?? "", /sftp\.password\.secret_arn: what is given is not the ARN/);
});

test("the commands of docs/migration.md and of the example's README, as they stand there", async (t) => {
  const stack = await startStack();
  t.teardown(() => stack.stop());
  const commands = ["docs/migration.md", "examples/migrate-from-gilt/README.md"].flatMap((file) =>
    [...readFileSync(join(repository, file), "utf8").matchAll(/^```sh\n([\s\S]*?)^```/gm)]
      .map(([, text = ""]) => text)
      .filter((text) => text.includes("npm run -s migrate")),
  );
  t.is(commands.length, 2);
  const clone = join(stack.folder, "clone");
  const example = join(clone, "examples/migrate-from-gilt");
  mkdirSync(example, { recursive: true });
  cpSync(join(repository, "examples/migrate-from-gilt/original/config.json"), join(clone, "config.json"));
  const { scripts } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8"));
  const migrate = String(scripts.migrate).replace("scripts/", `${join(repository, "scripts")}/`);
  writeFileSync(join(clone, "package.json"), JSON.stringify({ scripts: { migrate } }));
  // The configuration as an environment variable of the original's function has it: encrypted, in base64.
  const { KeyMetadata } = (await aws(stack, "kms", "create-key")) as { KeyMetadata: { KeyId: string } };
  const encrypt = `aws kms encrypt --key-id ${KeyMetadata.KeyId} --plaintext fileb://config.json`;
  await shell(
    stack,
    `${encrypt} --query CiphertextBlob --output text > config.b64 && mv config.json given.json`,
    clone,
  );
  const decrypt = /^# +(aws kms decrypt .*)$/m.exec(commands[1] ?? "")?.[1] ?? "";
  await shell(stack, decrypt, clone);
  t.is(readFileSync(join(clone, "config.json"), "utf8"), readFileSync(join(clone, "given.json"), "utf8"));

  await putRule(stack, "Reports_In.globex", "rate(5 minutes)");
  for (const command of commands) await shell(stack, command, clone);
  for (const file of [join(clone, "streams.auto.tfvars"), join(example, "streams.auto.tfvars")]) {
    const written = readFileSync(file, "utf8");
    t.regex(written, new RegExp(`secret_arn = "arn:aws:secretsmanager:${stack.region}:${stack.accountId}:secret:`));
    t.is(written.match(/schedule += "rate\(5 minutes\)"/g)?.length, 2);
  }
});

test("--store-secrets stores them, changes none that is there, and prints none", async (t) => {
  const stack = await startStack();
  t.teardown(() => stack.stop());
  const config = join(repository, "examples/migrate-from-gilt/original/config.json");
  const first = await runMigrate(stack, config, "--store-secrets");
  t.is(first.status, 0, first.err);
  const [, arn = ""] = /secret_arn = "([^"]*)"/.exec(first.out) ?? [];
  const value = async () =>
    ((await aws(stack, "secretsmanager", "get-secret-value", "--secret-id", arn)) as { SecretString: string })
      .SecretString;
  t.is(await value(), "only-an-example");
  t.deepEqual(
    stepsIn(first.out).filter((step) => step.startsWith("Store")),
    [],
  );
  await changeSecret(stack, arn, "rotated since");
  const second = await runMigrate(stack, config, "--store-secrets");
  t.is(second.out, first.out);
  t.regex(second.err, /^s3-sftp-bridge\/globex\/password is there already: left as it is\.$/m);
  t.is(await value(), "rotated since");
  t.false((first.out + first.err + second.out + second.err).includes("only-an-example"));
});

test("exit statuses: what can't be read, understood or taken writes nothing", async (t) => {
  const stack = await startStack();
  t.teardown(() => stack.stop());
  writeFileSync(join(stack.folder, "bad.json"), '{"a": {"s3Location": "x",}}');
  const config = join(repository, "examples/migrate-from-gilt/original/config.json");
  const [unwritten, usage, gone, noObject, refused] = await Promise.all([
    runMigrate(stack, config, "--out", "no-such-folder/x.tfvars"),
    runMigrate(stack),
    runMigrate(stack, "no-such-file.json"),
    runMigrate(stack, "s3://no-such-bucket/config.json"),
    runMigrate(stack, "bad.json", "--out", "bad.tfvars"),
  ]);
  t.deepEqual(
    [unwritten, usage, gone, noObject, refused].map(({ status }) => status),
    [5, 2, 4, 4, 3],
  );
  t.regex(unwritten.err, /no such file or directory.*no-such-folder/);
  t.regex(gone.err, /^no-such-file\.json: can't be read: /);
  t.regex(refused.err, /^bad\.json, line 1, column 26: not JSON/);
  t.is(usage.out + gone.out + noObject.out + refused.out, "");
  t.throws(() => readFileSync(join(stack.folder, "bad.tfvars")));
});

/** The configuration in the README of the original. */
const ofTheReadme = {
  stream1: {
    s3Location: "your-bucket-name/destination/directory",
    sftpConfig: {
      host: "hostname",
      port: 2222,
      s3PrivateKey: "another-bucket-name/path/to/private_key",
      username: "user",
    },
    sftpLocation: "my-directory",
  },
  stream2: {
    s3Location: "your-other-bucket-name/destination/directory",
    sftpConfig: { host: "hostname", username: "user", password: "pwd" },
    sftpLocation: "my-directory",
  },
};

/** Names, texts and options that HCL, rules or JavaScript could stumble over. */
const odd = Object.fromEntries(
  ["-x_", "__proto__", "n".repeat(64), 'Üni\ncode "quotes"'].map((name, i) => [
    name,
    {
      s3Location: `our-bucket/${i}/with blanks & "quotes"`,
      sftpLocation: `/a b/${i} \${x}`,
      sftpConfig: {
        host: "SFTP.Example",
        username: `us"\${er}%{x}\\`,
        password: "x",
        tryKeyboard: true,
        keepaliveInterval: 1000,
        keepaliveCountMax: 3,
        readyTimeout: 999,
        algorithms: { kex: { append: ["diffie-hellman-group14-sha1"] }, cipher: ["aes256-ctr"] },
      },
    },
  ]),
);
