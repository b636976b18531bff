/** A session of somebody who has some of the bridge's operator policies, and nothing else. */
import { CreateRoleCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { awsConfig } from "../../stack/index.ts";
import type { World } from "./role.ts";

export type Policies = Readonly<Record<"read" | "operate" | "journal", string>>;

/** Settings of AWS's clients, and the same as an environment of programs. */
export const operatorWith = async ({ stack, iam, bridge }: World, ...names: (keyof Policies)[]) => {
  const policies = bridge["operator_policies"] as unknown as Policies;
  const RoleName = `on-call-${names.join("-")}`;
  const trust = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
  };
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: JSON.stringify(trust) }));
  for (const name of names)
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: name, PolicyDocument: policies[name] }));
  const sts = new STSClient(awsConfig(stack));
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: "on-call" }));
  sts.destroy();
  const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = Credentials ?? {};
  return {
    config: awsConfig(stack, {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
    }),
    env: {
      ...stack.env,
      AWS_ACCESS_KEY_ID: AccessKeyId,
      AWS_SECRET_ACCESS_KEY: SecretAccessKey,
      AWS_SESSION_TOKEN: SessionToken,
    },
  };
};
