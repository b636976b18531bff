/** A secret that somebody pasted where its place belongs: the plan refuses it, names the field, and doesn't print it. */
import { execFile } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { terraformEnvironment } from "../../../scripts/setup/terraform-environment.mjs";
import { temporaryFolder } from "../../stack/temporary.ts";
import { repository, tools } from "../../stack/tools.ts";

const secret = "hunter2 Pa$$w0rd";
const privateKey = `-----BEGIN OPENSSH PRIVATE KEY-----\n${secret}//${secret}\n-----END OPENSSH PRIVATE KEY-----`;
const key = "arn:aws:kms:eu-west-1:123456789012:key/0d2f0a8e";
const partner = { host: "sftp.acme.example", username: "us", host_keys: [`SHA256:${"A".repeat(43)}`] };

const logIn = { password: { ssm_parameter: "/sftp/acme" } };

const folder = temporaryFolder("pasted-secret");
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

const run = (args: readonly string[]): Promise<{ readonly failed: boolean; readonly printed: string }> => {
  const { terraform, terraformConfig } = tools();
  const env = { ...process.env, TF_CLI_CONFIG_FILE: terraformConfig, ...terraformEnvironment };
  return new Promise((resolve) => {
    execFile(terraform, args, { cwd: folder, env }, (error, out, err) =>
      resolve({ failed: error !== null, printed: out + err }),
    );
  });
};

type Sides = Readonly<Record<"push" | "pull", Readonly<Record<string, unknown>>>>;

const plan = (sftp: Readonly<Record<string, unknown>>, sides: Partial<Sides> = {}) => {
  const variables = join(folder, "values.tfvars.json");
  const { push, pull } = sides;
  writeFileSync(
    variables,
    JSON.stringify({
      sftp: { ...partner, ...sftp },
      sides: {
        push: { sftp: "in", ...push },
        ...(pull && { pull: { sftp: "out", schedule: "rate(1 hour)", ...pull } }),
      },
    }),
  );
  return run(["plan", "-input=false", "-no-color", `-var-file=${variables}`]);
};

test.before(async (t) => {
  // The values come from a file of their own, so that no excerpt of main.tf shows them.
  writeFileSync(
    join(folder, "main.tf"),
    `variable "sftp" {
  type = any
}

variable "sides" {
  type = any
}

module "config" {
  source         = "${join(repository, "modules/config")}"
  default_bucket = "own-bucket"
  name           = "bridge"
  streams        = { acme = merge(var.sides, { sftp = var.sftp }) }
}
`,
  );
  const { failed, printed } = await run(["init", "-input=false", "-no-color"]);
  t.false(failed, printed);
});

const pasted: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "sftp.password.secret_arn": { password: { secret_arn: secret } },
  "sftp.password.ssm_parameter": { password: { ssm_parameter: secret } },
  "sftp.password.kms_key_arn": { password: { ssm_parameter: "/sftp/acme", kms_key_arn: secret } },
  "sftp.password: give exactly one": { password: { ssm_parameter: "/sftp/acme", secret_arn: secret } },
  "sftp.private_key.s3": { private_key: { s3: secret } },
  "sftp.private_key.json_key": { private_key: { s3: "our-keys/acme", json_key: secret } },
  "sftp.private_key.bucket_kms_key_arn": { private_key: { s3: "our-keys/acme", bucket_kms_key_arn: secret } },
  "sftp.private_key.bucket_kms_key_arn: it has": { private_key: { secret_arn: secret, bucket_kms_key_arn: key } },
  "sftp.private_key.encryption_context": {
    private_key: { ssm_parameter: secret, encryption_context: { purpose: "sftp" } },
  },
  "sftp.passphrase: it opens": { password: { ssm_parameter: "/sftp/acme" }, passphrase: secret },
  "sftp: password, private_key, passphrase and certificate say where": { password: secret },
  "sftp: password, private_key, passphrase and certificate say": { password: [secret] },
  "sftp.password: unknown key value": { password: { value: secret } },
  "sftp.private_key.bucket_owner": { private_key: { s3: "our-keys/acme", bucket_owner: secret } },
  "sftp.private_key.bucket_owner: it has": { private_key: { secret_arn: secret, bucket_owner: "123456789012" } },
  "sftp.via: it has to be an object": { ...logIn, via: `socks5://us:${secret}@proxy.example` },
  "sftp.via.host": { ...logIn, via: { type: "ssh", host: `http://us:${secret}@proxy.example:3128` } },
  "sftp.via: password, private_key, passphrase and certificate say": {
    ...logIn,
    via: { type: "http", host: "proxy.example", username: "us", password: secret },
  },
  "sftp.host: what is given is not a host": { ...logIn, host: `sftp://us:${secret}@sftp.acme.example` },
  "sftp.host: what is given is": { ...logIn, host: `us:${secret}@sftp.acme.example`, host_keys: [] },
  "sftp.host: what is given": {
    ...logIn,
    host: `us:${secret}@[2001:db8::1]`,
    allowed_addresses: ["2001:db9::/32"],
  },
  'sftp.host_keys: "(not shown': { ...logIn, host_keys: [...partner.host_keys, privateKey] },
  "sftp.username: what is given": { ...logIn, username: privateKey },
  "sftp.via.host_keys: number 1 of the list": {
    ...logIn,
    via: {
      type: "ssh",
      host: "jump.example",
      host_keys: [privateKey],
      username: "us",
      password: { ssm_parameter: "/jump" },
    },
  },
  "sftp.via.password.ssm_parameter": {
    ...logIn,
    via: { type: "http", host: "proxy.example", username: "us", password: { ssm_parameter: secret } },
  },
};

const pastedInSides: Readonly<Record<string, Partial<Sides>>> = {
  "push.kms_key_arn": { push: { kms_key_arn: secret } },
  "pull.kms_key_arn": { pull: { kms_key_arn: secret } },
  "pull.encryption": { pull: { kms_key_arn: secret, encryption: "AES256" } },
  'push.s3: "(not shown': { push: { s3: `s3://us:${secret}@minio.example/out` } },
  'pull.s3: "(not shown': { pull: { s3: `https://ours.s3.amazonaws.com/in?X-Amz-Signature=${secret}` } },
  'push.s3: "(not shown, as': { push: { s3: privateKey } },
  'push.s3: "(not shown, as it': { push: { s3: `ours/out?signature=${secret}*` } },
  'push.sftp: "(not shown': { push: { sftp: `sftp://us:${secret}@sftp.acme.example/in` } },
  'pull.sftp: "(not shown': { pull: { sftp: `us:${secret}@sftp.acme.example:/out/../in` } },
  'pull.sftp: "(not shown, as': { pull: { sftp: privateKey } },
  "pull.sftp: a name in it": { pull: { sftp: `${secret}/${"x".repeat(256)}` } },
  "push.bucket_owner": { push: { s3: "ours/out", bucket_owner: secret } },
  "pull.bucket_owner": { pull: { s3: "ours/in", bucket_owner: secret } },
};

// One after the other: they share a folder.
for (const [message, sftp] of Object.entries(pasted))
  test.serial(`refused and not printed: ${message}`, async (t) => {
    const { failed, printed } = await plan(sftp);
    t.true(failed);
    t.true(printed.replace(/\s+/g, " ").includes(`Stream acme, ${message}`), printed);
    t.false(printed.includes("hunter2"), printed);
  });

for (const [message, sides] of Object.entries(pastedInSides))
  test.serial(`refused and not printed: ${message}`, async (t) => {
    const { failed, printed } = await plan(logIn, sides);
    t.true(failed);
    t.true(printed.replace(/\s+/g, " ").includes(`Stream acme, ${message}`), printed);
    t.false(printed.includes("hunter2"), printed);
  });

test.serial("places of secrets are accepted", async (t) => {
  const { failed, printed } = await plan({
    private_key: { s3: "our-keys/acme", bucket_kms_key_arn: key, kms_key_arn: key, encryption_context: { a: "b" } },
    passphrase: { ssm_parameter: "/sftp/acme", json_key: "phrase", kms_key_arn: key },
  });
  t.false(failed, printed);
});
