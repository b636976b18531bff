// Secrets as a user keeps them: outside of Terraform, so that their values are in no state.
import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { awsConfig } from "./clients.ts";
import type { Stack } from "./emulator.ts";

/** Creates a secret in Secrets Manager, encrypted with a key of its own where one is given, and returns its ARN. */
export async function createSecret(stack: Stack, name: string, value: string, key?: string): Promise<string> {
  const client = new SecretsManagerClient(awsConfig(stack));
  try {
    const { ARN } = await client.send(new CreateSecretCommand({ Name: name, SecretString: value, KmsKeyId: key }));
    if (ARN === undefined) throw new Error(`the secret ${name} got no ARN`);
    return ARN;
  } finally {
    client.destroy();
  }
}

/** Gives a secret another value. */
export async function changeSecret(stack: Stack, arn: string, value: string): Promise<void> {
  const client = new SecretsManagerClient(awsConfig(stack));
  try {
    await client.send(new PutSecretValueCommand({ SecretId: arn, SecretString: value }));
  } finally {
    client.destroy();
  }
}
