/** Buckets with the policies that AWS publishes for encryption: what they demand is sent, or the refusal says what to set. */

import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutBucketPolicyCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import test from "ava";
import { awsConfig, createSecret, openConfiguration, startSshd, startStack, until } from "../stack/index.ts";
import { invoke } from "./helpers/invoke.ts";
import { entriesOf } from "./helpers/journal.ts";

/**
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html and …/example-bucket-policies.html: objects
 * without the header, and below `owned/` objects without the owner's access, are denied. So is what isn't signed as a whole:
 * …/API/bucket-policy-s3-sigv4-conditions.html.
 */
const demanding = (bucket: string) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "DenyObjectsThatAreNotSSEKMS",
        Effect: "Deny",
        Principal: "*",
        Action: "s3:PutObject",
        Resource: `arn:aws:s3:::${bucket}/*`,
        Condition: { StringNotEquals: { "s3:x-amz-server-side-encryption": "aws:kms" } },
      },
      {
        Sid: "DenyObjectsThatTheOwnerCannotRead",
        Effect: "Deny",
        Principal: "*",
        Action: "s3:PutObject",
        Resource: `arn:aws:s3:::${bucket}/owned/*`,
        Condition: { StringNotEquals: { "s3:x-amz-acl": "bucket-owner-full-control" } },
      },
      {
        Sid: "DenyUnsignedContent",
        Effect: "Deny",
        Principal: "*",
        Action: "s3:*",
        Resource: `arn:aws:s3:::${bucket}/*`,
        Condition: { StringEquals: { "s3:x-amz-content-sha256": "UNSIGNED-PAYLOAD" } },
      },
    ],
  });

test("a bucket that demands a key with each object gets it, in one request and in parts; left out, the refusal says so", async (t) => {
  const [stack, acme] = await Promise.all([startStack(), startSshd()]);
  t.teardown(() => Promise.all([stack.stop(), acme.stop()]));
  const s3 = new S3Client({ ...awsConfig(stack), forcePathStyle: true });
  const key = (await new KMSClient(awsConfig(stack)).send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? "";
  const Bucket = "demanding";
  await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: "eu-central-1" } }));
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: demanding(Bucket) }));
  const sftp = {
    host: acme.host,
    port: acme.port,
    username: acme.username,
    host_keys: [acme.fingerprint],
    private_key: { secret_arn: await createSecret(stack, "acme", acme.key.privateKey) },
  };
  const pulls = (name: string, more: object) => {
    acme.files.mkdir(name);
    return { sftp, pull: { s3: `${Bucket}/${name}`, sftp: name, schedule: "rate(1 day)", kms_key_arn: key, ...more } };
  };
  const workspace = await openConfiguration(stack, {
    "main.tf": `module "bridge" {
  source        = "../.."
  name          = "demanded"
  create_bucket = false
  streams       = jsondecode(file("streams.json"))
}
output "bridge" { value = module.bridge }
`,
    "streams.json": JSON.stringify({
      named: pulls("named", {}),
      owned: pulls("owned", { acl: "bucket-owner-full-control" }),
      left: pulls("left", { encryption: "bucket" }),
    }),
  });
  const { bridge } = (await workspace.apply()) as { bridge: Record<string, string> };
  acme.files.write("named/small.txt", "small");
  acme.files.write("named/large.bin", "x".repeat(20 * 1024 * 1024));
  acme.files.write("owned/small.txt", "small");
  acme.files.write("left/small.txt", "small");
  await invoke(stack, bridge["function_name"] ?? "", { action: "poll", streams: ["named", "owned", "left"] });
  for (const path of ["named/small.txt", "named/large.bin", "owned/small.txt"]) {
    const head = await until(path, 90, () =>
      s3.send(new HeadObjectCommand({ Bucket, Key: path })).catch(() => undefined),
    );
    t.is(head.ServerSideEncryption, "aws:kms");
    t.is(head.SSEKMSKeyId, key);
  }
  // A refused attempt would be told of it.
  const large = (await entriesOf(stack, bridge["table_name"] ?? "", "named")).find(({ path }) => path === "large.bin");
  t.is(large?.attempts, 1);
  t.is(large?.last_error, undefined);
  const small = await s3.send(new GetObjectCommand({ Bucket, Key: "named/small.txt" }));
  t.is(await small.Body?.transformToString(), "small");
  const refused = await until("the refusal", 60, async () =>
    (await entriesOf(stack, bridge["table_name"] ?? "", "left")).find(({ last_error }) => last_error !== undefined),
  );
  t.regex(refused.last_error?.message ?? "", /AccessDenied.*pull\.encryption/s);
});
