/**
 * examples/cross-account-bucket: the bucket and its key belong to another account, in another region. What its owner has to allow is
 * what the module gives out, no more, and without it nothing moves and nothing is lost.
 */
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand, UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateKeyCommand, GetKeyPolicyCommand, KMSClient, PutKeyPolicyCommand } from "@aws-sdk/client-kms";
import {
  CreateBucketCommand,
  DeleteBucketPolicyCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutBucketEncryptionCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import test, { type ExecutionContext } from "ava";
import { awsConfig, createSecret, openExample, type Stack, startSshd, startStack, until } from "../stack/index.ts";
import { invoke } from "./helpers/invoke.ts";
import { entriesOf } from "./helpers/journal.ts";

const account = "210987654321";
const region = "eu-west-1";
const Bucket = "their-bucket";
const administrator = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };
const theirOwn = {
  Sid: "TheirOwn",
  Effect: "Deny",
  Principal: "*",
  Action: "s3:DeleteBucket",
  Resource: `arn:aws:s3:::${Bucket}`,
};

/** The other account: a bucket with a policy and a key, as they were before, and a role for Terraform. */
const otherAccount = async (stack: Stack) => {
  const config = { ...awsConfig(stack, { accessKeyId: account, secretAccessKey: "x" }), region };
  const s3 = new S3Client({ ...config, forcePathStyle: true });
  const kms = new KMSClient(config);
  const iam = new IAMClient(config);
  const { Role } = await iam.send(
    new CreateRoleCommand({
      RoleName: "terraform",
      AssumeRolePolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          { Effect: "Allow", Principal: { AWS: `arn:aws:iam::${stack.accountId}:root` }, Action: "sts:AssumeRole" },
        ],
      }),
    }),
  );
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: "terraform",
      PolicyName: "all",
      PolicyDocument: JSON.stringify(administrator),
    }),
  );
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  const KeyId = KeyMetadata?.Arn ?? "";
  const { Policy: keyPolicy } = await kms.send(new GetKeyPolicyCommand({ KeyId, PolicyName: "default" }));
  await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: region } }));
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }));
  await s3.send(
    new PutBucketEncryptionCommand({
      Bucket,
      ServerSideEncryptionConfiguration: {
        Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: KeyId } }],
      },
    }),
  );
  const bucketPolicy = JSON.stringify({ Version: "2012-10-17", Statement: [theirOwn] });
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: bucketPolicy }));
  return { s3, kms, roleArn: Role?.Arn, KeyId, keyPolicy, bucketPolicy };
};

/** An S3 client of the function's own role. */
const asRole = async (stack: Stack, name: string, arn: string): Promise<S3Client> => {
  await new IAMClient(awsConfig(stack)).send(
    new UpdateAssumeRolePolicyCommand({
      RoleName: name,
      PolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" },
          { Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" },
        ],
      }),
    }),
  );
  const { Credentials: session } = await new STSClient(awsConfig(stack)).send(
    new AssumeRoleCommand({ RoleArn: arn, RoleSessionName: "test" }),
  );
  const credentials = {
    accessKeyId: session?.AccessKeyId ?? "",
    secretAccessKey: session?.SecretAccessKey ?? "",
    sessionToken: session?.SessionToken ?? "",
  };
  return new S3Client({ ...awsConfig(stack, credentials), region, forcePathStyle: true });
};

const errorOf = async (t: ExecutionContext, stack: Stack, table: string, path: string): Promise<string> => {
  const message = await until(
    `${path} to fail`,
    90,
    async () =>
      (await entriesOf(stack, table, "acme")).find((entry) => entry.path === path && entry.last_error)?.last_error
        ?.message,
  );
  t.true(message.startsWith("Stream acme: "), message);
  return message;
};

test("the example cross-account-bucket: another account, another region, another's key", async (t) => {
  const [stack, acme] = await Promise.all([startStack(), startSshd()]);
  t.teardown(() => Promise.all([stack.stop(), acme.stop()]));
  const owner = await otherAccount(stack);
  acme.files.mkdir("inbox");
  acme.files.write("outbox/b.txt", "from acme");
  const example = await openExample(stack, "cross-account-bucket");
  const outputs = await example.apply({
    bucket: Bucket,
    bucket_policy: owner.bucketPolicy,
    enable_eventbridge: true,
    kms_key_arn: owner.KeyId,
    kms_key_policy: owner.keyPolicy,
    owner: { account_id: account, region, role_arn: owner.roleArn },
    partner: { host: acme.host, port: acme.port, username: acme.username, host_keys: [acme.fingerprint] },
    private_key_secret_arn: await createSecret(stack, "sftp/acme", acme.key.privateKey),
    region: stack.region,
    schedule: "rate(1 day)",
  });
  t.deepEqual(await example.plan(), []);
  const bridge = outputs["bridge"] as Record<string, string>;
  const call = (event: object) => invoke(stack, bridge["function_name"] ?? "", event);
  const put = (name: string) =>
    owner.s3.send(new PutObjectCommand({ Bucket, Key: `out/acme/${name}`, Body: `their ${name}` }));
  const arrives = async (name: string) => {
    await until(`${name} to arrive`, 120, () => acme.files.exists(`inbox/${name}`) || undefined);
    t.is(acme.files.read(`inbox/${name}`).toString(), `their ${name}`);
  };
  const pulled = (name: string) =>
    until(`${name} to be pulled`, 120, () =>
      owner.s3.send(new HeadObjectCommand({ Bucket, Key: `in/acme/${name}` })).catch(() => undefined),
    );

  // By their event, their bus, their rule and ours.
  await put("a.txt");
  await arrives("a.txt");
  await call({ action: "poll", streams: ["acme"] });
  t.is((await pulled("b.txt")).SSEKMSKeyId, owner.KeyId);
  t.true(bridge["bucket"] === null, "no bucket of our own");

  // What was there stays, and what lies beside the streams' prefixes is closed.
  const { Policy: now = "{}" } = await owner.s3.send(new GetBucketPolicyCommand({ Bucket }));
  t.true((JSON.parse(now) as { Statement: { Sid: string }[] }).Statement.some(({ Sid }) => Sid === "TheirOwn"));
  await owner.s3.send(new PutObjectCommand({ Bucket, Key: "private/x", Body: "x" }));
  const role = await asRole(stack, bridge["role_name"] ?? "", bridge["role_arn"] ?? "");
  await t.notThrowsAsync(role.send(new GetObjectCommand({ Bucket, Key: "out/acme/a.txt" })));
  await t.throwsAsync(role.send(new GetObjectCommand({ Bucket, Key: "private/x" })), { name: "AccessDenied" });
  await t.throwsAsync(role.send(new PutObjectCommand({ Bucket, Key: "out/acme/x", Body: "x" })), {
    name: "AccessDenied",
  });

  // A bucket without the policy: said by name, nothing lost, and over as soon as it is there.
  const table = bridge["table_name"] ?? "";
  await owner.s3.send(new DeleteBucketPolicyCommand({ Bucket }));
  await put("c.txt");
  acme.files.write("outbox/d.txt", "from acme again");
  await call({ action: "poll", streams: ["acme"] });
  const refused = await errorOf(t, stack, table, "c.txt");
  t.regex(refused, /c\.txt/);
  t.regex(refused, /AccessDenied.*bucket_policies/);
  t.regex(await errorOf(t, stack, table, "d.txt"), /AccessDenied.*bucket_policies/);
  t.true(acme.files.exists("outbox/d.txt"));
  await owner.s3.send(new PutBucketPolicyCommand({ Bucket, Policy: now }));

  // A key that denies.
  const { Policy: keyNow } = await owner.kms.send(
    new GetKeyPolicyCommand({ KeyId: owner.KeyId, PolicyName: "default" }),
  );
  const letKeyBe = (Policy: string | undefined) =>
    owner.kms.send(new PutKeyPolicyCommand({ KeyId: owner.KeyId, PolicyName: "default", Policy }));
  await letKeyBe(owner.keyPolicy);
  await put("e.txt");
  t.regex(await errorOf(t, stack, table, "e.txt"), /e\.txt.*AccessDenied.*push\.kms_key_arn/);
  await letKeyBe(keyNow);

  // By themselves, with their next attempt.
  for (const name of ["c.txt", "e.txt"]) await arrives(name);
  await pulled("d.txt");
  await example.destroy();
  t.deepEqual(await example.resources(), []);
});
