/** Private keys in S3, encrypted by their owner: in the original's format by openssl, and by our own command; and a jump host's. */
import { execFileSync } from "node:child_process";
import { appendFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { CreateKeyCommand, GenerateDataKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutBucketEncryptionCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import test from "ava";
import { awsConfig, createSecret, openConfiguration, startSshd, startStack, until } from "../stack/index.ts";
import { fingerprintOf } from "../stack/keys.ts";
import { repository, tools } from "../stack/tools.ts";
import { putObject } from "./helpers/objects.ts";

test("the function logs in with a key that openssl encrypted, and, through a jump host, with one that npm run encrypt-key did; examples/through-a-jump-host; keys are rotated", async (t) => {
  const [stack, acme, jump, other] = await Promise.all([startStack(), startSshd(), startSshd(), startSshd()]);
  t.teardown(() => Promise.all([stack.stop(), acme.stop(), jump.stop(), other.stop()]));
  const ssm = new SSMClient(awsConfig(stack));
  await ssm.send(new PutParameterCommand({ Name: "/jump/key", Value: jump.key.privateKey, Type: "SecureString" }));
  const s3 = new S3Client(awsConfig(stack));
  const kms = new KMSClient(awsConfig(stack));
  const kmsKey = (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? "";
  const bucketKey = (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? "";
  await s3.send(new CreateBucketCommand({ Bucket: "our-keys" }));
  // Twice encrypted: by us, and by S3 with a key of the bucket's, as accounts may demand of every bucket.
  await s3.send(
    new PutBucketEncryptionCommand({
      Bucket: "our-keys",
      ServerSideEncryptionConfiguration: {
        Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: bucketKey } }],
      },
    }),
  );

  const { CiphertextBlob, Plaintext } = await kms.send(
    new GenerateDataKeyCommand({ KeyId: kmsKey, KeySpec: "AES_256", EncryptionContext: { app: "bridge" } }),
  );
  const password = Buffer.from(Plaintext ?? []).toString("base64");
  const legacy = execFileSync(
    "openssl",
    ["enc", "-aes-256-cbc", "-a", "-nosalt", "-md", "md5", "-pass", `pass:${password}`],
    { input: acme.key.privateKey, stdio: ["pipe", "pipe", "ignore"] },
  );
  await s3.send(
    new PutObjectCommand({
      Bucket: "our-keys",
      Key: "legacy",
      Body: legacy,
      Metadata: { "x-amz-key": Buffer.from(CiphertextBlob ?? []).toString("base64"), "decrypted-encoding": "utf8" },
    }),
  );
  const printed = execFileSync(
    tools().node,
    ["scripts/encrypt-key.ts", "--key", kmsKey, "--to", "our-keys/modern", "--context", "app=bridge"],
    { cwd: repository, env: { ...stack.env, PATH: process.env["PATH"] }, input: acme.key.privateKey, encoding: "utf8" },
  );
  t.is(
    printed,
    `private_key = { s3 = "our-keys/modern", kms_key_arn = "${kmsKey}", bucket_kms_key_arn = "${bucketKey}" }\n`,
  );

  const via = {
    type: "ssh",
    host: "127.0.0.1",
    port: jump.port,
    username: jump.username,
    host_keys: [jump.fingerprint],
    private_key: { ssm_parameter: "/jump/key" },
  };
  const stream = (object: string, host: string, more = {}) => ({
    sftp: {
      ...more,
      host,
      port: acme.port,
      username: acme.username,
      host_keys: [acme.fingerprint],
      private_key: {
        s3: `our-keys/${object}`,
        kms_key_arn: kmsKey,
        bucket_kms_key_arn: bucketKey,
        encryption_context: { app: "bridge" },
      },
    },
    push: { sftp: `inbox/${object}` },
  });
  const rotating = await createSecret(stack, "sftp/rotating", jump.key.privateKey);
  await ssm.send(new PutParameterCommand({ Name: "/sftp/key", Value: other.key.privateKey, Type: "SecureString" }));
  await s3.send(new CreateBucketCommand({ Bucket: "kept-keys" }));
  const versions = { Bucket: "kept-keys", VersioningConfiguration: { Status: "Enabled" } } as const;
  await s3.send(new PutBucketVersioningCommand(versions));
  const encryption = { ServerSideEncryption: "aws:kms", SSEKMSKeyId: bucketKey } as const;
  await s3.send(new PutObjectCommand({ Bucket: "kept-keys", Key: "k", Body: other.key.privateKey, ...encryption }));
  /** Partners by hosts of their own: streams of one have one key. */
  const keptIn = (host: string, private_key: object) => ({
    sftp: { host, port: other.port, username: other.username, host_keys: [other.fingerprint], private_key },
    push: { sftp: "inbox" },
  });
  const workspace = await openConfiguration(stack, {
    "main.tf": `module "bridge" {
  source        = "../.."
  name          = "keys"
  force_destroy = true
  streams       = jsondecode(file("streams.json"))
}
output "bucket" { value = module.bridge.bucket }
variable "example" { type = any }
module "example" {
  source                 = "../through-a-jump-host"
  force_destroy          = true
  name                   = "through"
  jump_host              = var.example.jump_host
  jump_key_secret_arn    = var.example.jump_key
  partner                = var.example.partner
  private_key_secret_arn = var.example.private_key
  schedule               = "rate(1 day)"
}
output "upload_to" { value = module.example.upload_to }
`,
    // Two partners, by their hosts: streams of one have one key.
    "streams.json": JSON.stringify({
      legacy: stream("legacy", "127.0.0.1"),
      rotating: {
        sftp: {
          host: "127.0.0.1",
          port: jump.port,
          username: jump.username,
          host_keys: [jump.fingerprint],
          private_key: { secret_arn: rotating },
        },
        push: { sftp: "inbox" },
      },
      parameter: keptIn("127.0.0.1", { ssm_parameter: "/sftp/key" }),
      object: keptIn("localhost", { s3: "kept-keys/k", kms_key_arn: bucketKey }),
      modern: stream("modern", "localhost", { via, allowed_addresses: ["127.0.0.0/8"] }),
    }),
  });
  // examples/through-a-jump-host, in this apply: one of its own takes a minute.
  const server = ({ port, username, fingerprint }: typeof acme, host: string) => ({
    host,
    port,
    username,
    host_keys: [fingerprint],
  });
  const example = {
    jump_host: server(jump, "127.0.0.1"),
    jump_key: rotating,
    partner: server(acme, "127.0.0.1"),
    private_key: await createSecret(stack, "sftp/through", acme.key.privateKey),
  };
  const { bucket, upload_to } = (await workspace.apply({ example })) as { bucket: string; upload_to: string };
  for (const name of ["legacy", "modern"]) {
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: `${name}/push/a.txt`, Body: name }));
    await until(`the file of ${name}`, 60, () => acme.files.exists(`inbox/${name}/a.txt`) || undefined);
    t.is(acme.files.read(`inbox/${name}/a.txt`).toString(), name);
  }
  t.regex(jump.log(), /Accepted publickey/);
  await putObject(s3, upload_to, "b.txt", "through");
  await until("the file of the example", 60, () => acme.files.exists("inbox/b.txt") || undefined);

  // A new key: made beside the old one with the caller's permissions, tried by the function, switched to after its log-in.
  const rotate = (name = "rotating") => {
    const args = ["bridge/src/bridge.ts", "rotate-key", "--stream", name, "--function", "keys"];
    const env = { ...stack.env, PATH: process.env["PATH"] };
    return execFileSync(process.execPath, args, { cwd: repository, env, encoding: "utf8" });
  };
  const line = /^ssh-ed25519 .*$/m.exec(rotate())?.[0] ?? "";
  appendFileSync(join(dirname(jump.key.path), "authorized_keys"), `${line}\n`);
  t.regex(rotate(), /The new key has logged in, and is in use from now on/);
  const secrets = new SecretsManagerClient(awsConfig(stack));
  const { SecretString = "", VersionStages } = await secrets.send(new GetSecretValueCommand({ SecretId: rotating }));
  t.regex(SecretString, /BEGIN PRIVATE KEY/);
  t.deepEqual(VersionStages, ["AWSCURRENT"]);
  t.true(jump.log().includes(fingerprintOf(line)), "the server has seen the new key");

  // Those in SSM and S3, which only the new key's log-in changes: the function, by its own role, is sent the key to try.
  for (const name of ["parameter", "object"]) {
    const added = /^ssh-ed25519 .*$/m.exec(rotate(name))?.[0] ?? "";
    appendFileSync(join(dirname(other.key.path), "authorized_keys"), `${added}\n`);
    t.regex(rotate(name), /The new key has logged in, and is in use from now on/);
    t.true(other.log().includes(fingerprintOf(added)), "the server has seen the new key");
  }
  const parameter = await ssm.send(new GetParameterCommand({ Name: "/sftp/key", WithDecryption: true }));
  t.like(parameter.Parameter, { Type: "SecureString", Version: 2 });
  t.regex(parameter.Parameter?.Value ?? "", /BEGIN PRIVATE KEY/);
  await t.throwsAsync(ssm.send(new GetParameterCommand({ Name: "/sftp/key.new" })), { name: "ParameterNotFound" });
  const object = await s3.send(new GetObjectCommand({ Bucket: "kept-keys", Key: "k" }));
  t.like(object, { ServerSideEncryption: "aws:kms" });
  t.true(object.SSEKMSKeyId?.endsWith(bucketKey.split("/").at(-1) ?? "-"));
  t.regex((await object.Body?.transformToString()) ?? "", /BEGIN PRIVATE KEY/);
  const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket: "kept-keys" }));
  t.deepEqual(
    Versions.map(({ Key }) => Key),
    ["k", "k"],
  );
});
