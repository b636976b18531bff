import { smallRequests } from "../aws/patience.ts";
import type { sendingWith } from "../aws/request-handler.ts";
import type { Objects, SecretClients } from "./types.ts";

/** A client per region, made by the first who asks. */
const perRegion = <T>(make: (region: string | undefined) => Promise<T>): ((region?: string) => Promise<T>) => {
  const made = new Map<string | undefined, Promise<T>>();
  return (region) => {
    const client = made.get(region) ?? make(region);
    made.set(region, client);
    return client;
  };
};

/**
 * The real clients, in the function's region unless asked otherwise, beside the one for S3, which every invocation needs.
 * Each SDK package is loaded when it is first needed: in the bundle it is a file of its own. `import()` goes through `aws/`,
 * whose files name what is used of a package: a bundler can't shake the tree of a whole one.
 */
export const awsSecretClients = (s3: Objects, patience = smallRequests): SecretClients => {
  const settings = (sending: typeof sendingWith, region: string | undefined) => ({
    ...sending(patience),
    ...(region !== undefined && { region }),
  });
  return {
    secretsManager: perRegion(async (region) => {
      const { SecretsManagerClient, sendingWith } = await import("../aws/sdk/secrets-manager.ts");
      return new SecretsManagerClient(settings(sendingWith, region));
    }),
    ssm: perRegion(async (region) => {
      const { SSMClient, sendingWith } = await import("../aws/sdk/ssm.ts");
      return new SSMClient(settings(sendingWith, region));
    }),
    s3: async () => s3,
    kms: perRegion(async (region) => {
      const { KMSClient, sendingWith } = await import("../aws/sdk/kms.ts");
      return new KMSClient(settings(sendingWith, region));
    }),
  };
};
