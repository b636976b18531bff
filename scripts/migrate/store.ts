/** Puts the configuration's secrets into Secrets Manager. */
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  ResourceExistsException,
  type SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";

export interface Stored {
  readonly arn: string;
  /** It was there before. What is in it may be newer than the configuration, so it was left alone. */
  readonly found: boolean;
}

/** Makes the secret, or finds it. Throws what Secrets Manager answered; no message of it holds the value. */
export const storeSecret = async (client: SecretsManagerClient, name: string, value: string): Promise<Stored> => {
  try {
    const { ARN } = await client.send(new CreateSecretCommand({ Name: name, SecretString: value }));
    return { arn: ARN ?? name, found: false };
  } catch (error) {
    if (!(error instanceof ResourceExistsException)) throw error;
    const { ARN } = await client.send(new DescribeSecretCommand({ SecretId: name }));
    return { arn: ARN ?? name, found: true };
  }
};
