/** A bridge with every kind of statement in its role, and a session of that role, on an emulator that evaluates policies. */
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import * as dynamodb from "@aws-sdk/client-dynamodb";
import { IAMClient, UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { LambdaClient } from "@aws-sdk/client-lambda";
import * as s3 from "@aws-sdk/client-s3";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import * as sqs from "@aws-sdk/client-sqs";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { awsConfig, openConfiguration, type Stack, startStack } from "../../stack/index.ts";
import { createSecret } from "../../stack/secrets.ts";

const clientsOf = (config: ReturnType<typeof awsConfig>) => ({
  s3: new s3.S3Client({ ...config, forcePathStyle: true }),
  dynamodb: new dynamodb.DynamoDBClient(config),
  sqs: new sqs.SQSClient(config),
  logs: new CloudWatchLogsClient(config),
  secrets: new SecretsManagerClient(config),
  ssm: new SSMClient(config),
  kms: new KMSClient(config),
  lambda: new LambdaClient(config),
});

/** The bridge applied, and sessions of its role and of whoever owns the account. */
export const startWithRole = async () => {
  const stack = await startStack();
  try {
    return await prepare(stack);
  } catch (error) {
    await stack.stop();
    throw error;
  }
};

const prepare = async (stack: Stack) => {
  const root = clientsOf(awsConfig(stack));
  const iam = new IAMClient(awsConfig(stack));
  const keyOf = async () => (await root.kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? "";
  const [pushKey, pullKey, secretKey, parameterKey, objectKey, bucketKey, otherKey] = await Promise.all(
    Array.from({ length: 7 }, keyOf),
  );
  const secretArn = await createSecret(stack, "sftp/acme", "a key");
  const otherSecretArn = await createSecret(stack, "sftp/other", "another key");
  for (const name of ["/sftp/acme", "/sftp/other"]) {
    await root.ssm.send(new PutParameterCommand({ Name: name, Value: "x", Type: "SecureString" }));
  }
  await root.s3.send(
    new s3.CreateBucketCommand({
      Bucket: "keys-of-the-test",
      CreateBucketConfiguration: { LocationConstraint: "eu-central-1" },
    }),
  );
  for (const key of ["acme/key", "other/key"]) {
    await root.s3.send(new s3.PutObjectCommand({ Bucket: "keys-of-the-test", Key: key, Body: "x" }));
  }
  const sftp = { host: "sftp.example.com", host_keys: [`SHA256:${"A".repeat(43)}`] };
  const streams = {
    one: {
      sftp: { ...sftp, username: "one", private_key: { secret_arn: secretArn, kms_key_arn: secretKey } },
      push: { kms_key_arn: pushKey, sftp: "in", gate: { guardduty: {} } },
      pull: { schedule: "rate(1 hour)", kms_key_arn: pullKey, sftp: "out", gate: { guardduty: {} } },
    },
    two: {
      sftp: { ...sftp, username: "two", password: { ssm_parameter: "/sftp/acme", kms_key_arn: parameterKey } },
      push: { compress: "gzip", gate: { function_arn: "arn:aws:lambda:eu-central-1:123456789012:function:scanner" } },
    },
    three: {
      sftp: {
        ...sftp,
        username: "three",
        private_key: { s3: "keys-of-the-test/acme/key", kms_key_arn: objectKey, bucket_kms_key_arn: bucketKey },
      },
      push: { sftp: "in" },
      pull: {
        schedule: "rate(1 hour)",
        sftp: "out",
        gate: { function_arn: "arn:aws:lambda:eu-central-1:123456789012:function:look" },
      },
    },
  };
  const workspace = await openConfiguration(stack, {
    "main.tf": `module "bridge" {
  source        = "../.."
  # A grant isn't bound to a service, as the role's own statements are, which are looked at here.
  kms_grants = false
  name          = "role"
  force_destroy = true
  kms_key       = { create = true }
  # In the module's own bucket, with its own key.
  reports       = {}
  streams       = jsondecode(file("streams.json"))
}
output "bridge" { value = module.bridge }
`,
    "streams.json": JSON.stringify(streams),
  });
  const { bridge } = (await workspace.apply()) as {
    bridge: Record<string, string> & { config: { bucket: string; key: string } };
  };

  const trust = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
  };
  await iam.send(
    new UpdateAssumeRolePolicyCommand({ RoleName: bridge["role_name"], PolicyDocument: JSON.stringify(trust) }),
  );
  const { Credentials: session } = await new STSClient(awsConfig(stack)).send(
    new AssumeRoleCommand({ RoleArn: bridge["role_arn"], RoleSessionName: "test" }),
  );
  if (!session?.AccessKeyId || !session.SecretAccessKey || !session.SessionToken)
    throw new Error("no session of the role");
  const role = clientsOf(
    awsConfig(stack, {
      accessKeyId: session.AccessKeyId,
      secretAccessKey: session.SecretAccessKey,
      sessionToken: session.SessionToken,
    }),
  );
  return {
    stack,
    root,
    role,
    iam,
    bridge,
    secretArn,
    otherSecretArn,
    keys: {
      own: bridge["kms_key_arn"],
      push: pushKey,
      pull: pullKey,
      secret: secretKey,
      parameter: parameterKey,
      object: objectKey,
      bucket: bucketKey,
      other: otherKey,
    },
  };
};

export type World = Awaited<ReturnType<typeof startWithRole>>;
