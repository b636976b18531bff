import { GetSecretValueCommand } from "../aws/sdk/secrets-manager.ts";
import type { SecretClients } from "./types.ts";

/**
 * The same clients, but that one secret of Secrets Manager is read in this version. What they read is cached by itself
 * (`read.ts`), as they are clients of their own.
 */
export const pinnedTo = (clients: SecretClients, secretArn: string, version: string): SecretClients => ({
  ...clients,
  secretsManager: async (region) => {
    const client = await clients.secretsManager(region);
    const send = (command: { readonly input: { readonly SecretId?: string } }) =>
      client.send(
        command.input.SecretId === secretArn
          ? new GetSecretValueCommand({ SecretId: secretArn, VersionId: version })
          : (command as GetSecretValueCommand),
      );
    return { send: send as typeof client.send };
  },
});
