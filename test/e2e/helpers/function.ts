// Functions of the account beside the bridge's.
import { CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { CreateFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { strToU8, zipSync } from "fflate";
import { awsConfig, type Stack } from "../../stack/index.ts";

/** A role that anybody may assume, and that may do nothing yet: its ARN. */
export async function createRole(stack: Stack, RoleName: string): Promise<string> {
  const iam = new IAMClient(awsConfig(stack));
  const trust = { Effect: "Allow", Principal: { AWS: "*", Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [trust] });
  try {
    return (await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }))).Role?.Arn ?? "";
  } finally {
    iam.destroy();
  }
}

/** Makes a function of `source` (CommonJS that sets `exports.handler`) that may run for so many seconds; returns its ARN. */
export async function createFunction(stack: Stack, name: string, source: string, Timeout: number): Promise<string> {
  const lambda = new LambdaClient(awsConfig(stack));
  try {
    const { FunctionArn = "" } = await lambda.send(
      new CreateFunctionCommand({
        FunctionName: name,
        Role: await createRole(stack, `${name}-role`),
        Runtime: "nodejs24.x",
        Handler: "index.handler",
        Timeout,
        Code: { ZipFile: zipSync({ "index.js": strToU8(source) }) },
      }),
    );
    return FunctionArn;
  } finally {
    lambda.destroy();
  }
}
