/** Keys whose policies admit nobody but by a grant: the module makes the grants, and without them nothing moves. */
import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutBucketEncryptionCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import test from "ava";
import {
  awsConfig,
  createSecret,
  openConfiguration,
  type Stack,
  startSshd,
  startStack,
  until,
} from "../stack/index.ts";
import { invoke } from "./helpers/invoke.ts";
import { entriesOf } from "./helpers/journal.ts";

/** A key whose policy lets the account manage it and make grants, and use it nobody. */
const grantsOnlyKey = async (stack: Stack): Promise<string> => {
  const client = new KMSClient(awsConfig(stack));
  const Policy = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { AWS: "arn:aws:iam::123456789012:root" },
        Action: [
          "kms:CreateGrant",
          "kms:Describe*",
          "kms:Get*",
          "kms:List*",
          "kms:Put*",
          "kms:RevokeGrant",
          "kms:Schedule*",
        ],
        Resource: "*",
      },
    ],
  });
  const { KeyMetadata } = await client.send(new CreateKeyCommand({ Policy }));
  client.destroy();
  return KeyMetadata?.Arn ?? "";
};

test("a bucket's and a secret's key that admits only grants serves a push and a pull, and without grants none", async (t) => {
  const [stack, acme] = await Promise.all([startStack(), startSshd()]);
  t.teardown(() => Promise.all([stack.stop(), acme.stop()]));
  const s3 = new S3Client({ ...awsConfig(stack), forcePathStyle: true });
  const [files, secrets] = [await grantsOnlyKey(stack), await grantsOnlyKey(stack)];
  const Bucket = "theirs";
  await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: "eu-central-1" } }));
  await s3.send(
    new PutBucketEncryptionCommand({
      Bucket,
      ServerSideEncryptionConfiguration: {
        Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: files } }],
      },
    }),
  );
  for (const folder of ["in", "out"]) acme.files.mkdir(folder);
  const streams = {
    acme: {
      sftp: {
        host: acme.host,
        port: acme.port,
        username: acme.username,
        host_keys: [acme.fingerprint],
        private_key: {
          secret_arn: await createSecret(stack, "acme", acme.key.privateKey, secrets),
          kms_key_arn: secrets,
        },
      },
      push: { s3: "theirs/push", sftp: "in", kms_key_arn: files },
      pull: { s3: "theirs/pull", sftp: "out", schedule: "rate(1 day)", kms_key_arn: files },
    },
  };
  const workspace = await openConfiguration(stack, {
    "main.tf": `variable "kms_grants" { type = any }
module "bridge" {
  source                        = "../.."
  name                          = "granted"
  enable_eventbridge_on_buckets = ["theirs"]
  force_destroy                 = true
  kms_grants                    = var.kms_grants
  streams                       = jsondecode(file("streams.json"))
}
output "bridge" { value = module.bridge }
`,
    "streams.json": JSON.stringify(streams),
  });
  const { bridge } = (await workspace.apply({ kms_grants: null })) as { bridge: Record<string, string> };
  t.deepEqual(await workspace.plan(), []);
  const poll = () => invoke(stack, bridge["function_name"] ?? "", { action: "poll", streams: ["acme"] });

  await s3.send(new PutObjectCommand({ Bucket, Key: "push/a.txt", Body: "to acme" }));
  await until("the pushed file", 60, () => acme.files.exists("in/a.txt") || undefined);
  t.is(acme.files.read("in/a.txt").toString(), "to acme");
  acme.files.write("out/b.txt", "from acme");
  await poll();
  const pulled = await until("the pulled file", 60, () =>
    s3.send(new GetObjectCommand({ Bucket, Key: "pull/b.txt" })).catch(() => undefined),
  );
  t.is(await pulled.Body?.transformToString(), "from acme");

  await workspace.apply({ kms_grants: false });
  t.deepEqual(await workspace.plan(), []);
  await s3.send(new PutObjectCommand({ Bucket, Key: "push/c.txt", Body: "to acme" }));
  const error = await until("the refusal", 60, async () =>
    (await entriesOf(stack, bridge["table_name"] ?? "", "acme")).find(
      ({ path, last_error }) => path === "c.txt" && last_error !== undefined,
    ),
  );
  t.regex(error.last_error?.message ?? "", /AccessDenied.*kms_key_arn/s);
  t.false(acme.files.exists("in/c.txt"));

  await workspace.apply({ kms_grants: true });
  await invoke(stack, bridge["function_name"] ?? "", { action: "redrive", stream: "acme" });
  await until("the file that waited", 90, () => acme.files.exists("in/c.txt") || undefined);
});
