// The configurations whose policies are looked up, applied on one local stack.
import { readFileSync } from "node:fs";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import {
  awsConfig,
  createSecret,
  openConfiguration,
  openExample,
  type Stack,
  startStack,
  type Workspace,
} from "../stack/index.ts";
import { type Policy, policiesIn, type State } from "./collect.ts";

const partner = { host: "sftp.example.com", username: "us", host_keys: [`SHA256:${"A".repeat(43)}`] };

/** Applies everything.tf and the examples that bring policies of their own, and returns all policies, named by example. */
export async function renderPolicies(): Promise<Policy[]> {
  const stack = await startStack();
  try {
    const secret = await createSecret(stack, "sftp/acme", "a key");
    const rendered = await Promise.all([
      everything(stack, secret),
      complete(stack, secret),
      crossAccount(stack, secret),
    ]);
    return rendered.flat();
  } finally {
    await stack.stop();
  }
}

async function policiesOf(title: string, workspace: Workspace, variables: Readonly<Record<string, unknown>>) {
  await workspace.apply(variables);
  const state = JSON.parse(await workspace.terraform(["show", "-json"])) as State;
  return policiesIn(state).map(({ name, policy }) => ({ name: `${title}: ${name}`, policy }));
}

async function everything(stack: Stack, secret: string): Promise<Policy[]> {
  const text = readFileSync(new URL("everything.tf", import.meta.url), "utf8");
  const workspace = await openConfiguration(stack, { "main.tf": text });
  const [key, other] = await Promise.all([createKey(stack), createKey(stack)]);
  return policiesOf("everything.tf", workspace, { key, other_key: other, secret });
}

async function complete(stack: Stack, secret: string): Promise<Policy[]> {
  return policiesOf("examples/complete", await openExample(stack, "complete"), {
    acme: { ...partner, private_key_secret_arn: secret },
    globex: { ...partner, username: "them", credentials_secret_arn: secret },
    name: "complete",
  });
}

/** The bucket's owner is this account as well, in another region: what is rendered is the same, and no two queues have one name. */
async function crossAccount(stack: Stack, secret: string): Promise<Policy[]> {
  const region = "eu-west-1";
  const [key, roleArn] = await Promise.all([createKey(stack, region), createAdministrator(stack)]);
  const s3 = new S3Client({ ...awsConfig(stack), region, forcePathStyle: true });
  await s3.send(
    new CreateBucketCommand({
      Bucket: "owners-bucket",
      CreateBucketConfiguration: { LocationConstraint: region },
    }),
  );
  s3.destroy();
  return policiesOf("examples/cross-account-bucket", await openExample(stack, "cross-account-bucket"), {
    bucket: "owners-bucket",
    kms_key_arn: key,
    kms_key_policy: policyText({ Principal: { AWS: root(stack) }, Action: "kms:*", Resource: "*" }),
    name: "cross-account",
    owner: { account_id: stack.accountId, region, role_arn: roleArn },
    partner,
    private_key_secret_arn: secret,
    region: stack.region,
  });
}

async function createKey(stack: Stack, region = stack.region): Promise<string> {
  const kms = new KMSClient({ ...awsConfig(stack), region });
  try {
    return (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? "";
  } finally {
    kms.destroy();
  }
}

const root = (stack: Stack) => `arn:aws:iam::${stack.accountId}:root`;

const policyText = (statement: object) =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });

/** The role that the example's second provider assumes. */
async function createAdministrator(stack: Stack): Promise<string> {
  const iam = new IAMClient(awsConfig(stack));
  try {
    const { Role } = await iam.send(
      new CreateRoleCommand({
        RoleName: "terraform",
        AssumeRolePolicyDocument: policyText({ Principal: { AWS: root(stack) }, Action: "sts:AssumeRole" }),
      }),
    );
    const all = policyText({ Action: "*", Resource: "*" });
    await iam.send(new PutRolePolicyCommand({ RoleName: "terraform", PolicyName: "all", PolicyDocument: all }));
    return Role?.Arn ?? "";
  } finally {
    iam.destroy();
  }
}
