/**
 * The example cross-account-bucket: a bucket of another account, in another region, with Object Lock, and with nothing but
 * what the outputs grant.
 */
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import * as s3 from "@aws-sdk/client-s3";
import test from "ava";
import { applyExample, awsConfig, createSecret, startSshd, startStack, until } from "../stack/index.ts";
import { invoke } from "./helpers/invoke.ts";

/** The emulator takes an access key of twelve digits for an account. */
const owner = { accessKeyId: "222222222222", secretAccessKey: "x" };
const Bucket = "their-bucket";

test("a bucket of another account and region: both ways with what the outputs grant, and no way without", async (t) => {
  const [stack, partner] = await Promise.all([startStack(), startSshd()]);
  t.teardown(() => Promise.all([stack.stop(), partner.stop()]));
  for (const folder of ["inbox", "outbox"]) partner.files.mkdir(folder);
  const config = { ...awsConfig(stack, owner), region: "us-east-1" };
  const theirs = new s3.S3Client({ ...config, forcePathStyle: true });
  await theirs.send(new s3.CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
  await theirs.send(
    new s3.PutObjectLockConfigurationCommand({
      Bucket,
      ObjectLockConfiguration: {
        ObjectLockEnabled: "Enabled",
        Rule: { DefaultRetention: { Mode: "COMPLIANCE", Days: 1 } },
      },
    }),
  );
  const iam = new IAMClient(config);
  await iam.send(
    new CreateRoleCommand({
      RoleName: "terraform",
      AssumeRolePolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
      }),
    }),
  );
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: "terraform",
      PolicyName: "everything",
      PolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
      }),
    }),
  );

  const example = await applyExample(stack, "cross-account-bucket", {
    bucket: Bucket,
    bucket_region: "us-east-1",
    owner_role_arn: "arn:aws:iam::222222222222:role/terraform",
    private_key_secret_arn: await createSecret(stack, "sftp/acme", partner.key.privateKey),
    region: stack.region,
    partner: {
      host: partner.host,
      port: partner.port,
      username: partner.username,
      host_keys: partner.fingerprints,
    },
  });
  t.deepEqual(await example.plan(), []);
  const { function_name } = example.applied["bridge"] as { function_name: string };

  await theirs.send(new s3.PutObjectCommand({ Bucket, Key: "to-acme/a/order.csv", Body: "out" }));
  partner.files.write("outbox/b/report.csv", "in");
  partner.files.write("outbox/large.bin", Buffer.alloc(20 * 1024 * 1024, 7));
  await until("the order to be at the partner", 60, () => partner.files.exists("inbox/a/order.csv") || undefined);
  t.false((await invoke(stack, function_name, { action: "poll", streams: ["acme"] })).failed);
  for (const Key of ["from-acme/b/report.csv", "from-acme/large.bin"])
    await s3.waitUntilObjectExists({ client: theirs, maxWaitTime: 60 }, { Bucket, Key });
  const locked = await theirs.send(new s3.GetObjectRetentionCommand({ Bucket, Key: "from-acme/b/report.csv" }));
  t.is(locked.Retention?.Mode, "COMPLIANCE");

  // Without the owner's leave nothing moves, and nothing is lost.
  await theirs.send(new s3.DeleteBucketPolicyCommand({ Bucket }));
  await theirs.send(new s3.PutObjectCommand({ Bucket, Key: "to-acme/denied.csv", Body: "x" }));
  const denied = await until("the denial to be told", 60, async () => {
    const { payload } = await invoke(stack, function_name, { action: "history", stream: "acme", path: "denied.csv" });
    return JSON.stringify(payload).includes("denied") && JSON.stringify(payload).includes("AccessDenied")
      ? JSON.stringify(payload)
      : undefined;
  });
  t.log(denied.slice(0, 600));
  t.false(partner.files.exists("inbox/denied.csv"));

  await example.destroy();
  t.deepEqual(await example.resources(), []);
});
