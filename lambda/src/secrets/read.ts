import type { StreamConfig } from "../config/types.ts";
import type { Credentials, SecretClients } from "./types.ts";

/** Reads what the stream logs in with. Cached for five minutes, so that rotation works; throws a SecretError. `now` in milliseconds. */
export const readCredentials = async (
  stream: StreamConfig,
  clients: SecretClients,
  now: () => number,
): Promise<Credentials> => {
  throw new Error(`Reading secrets is being written (${stream.name}, ${typeof clients}, ${now()})`);
};

/** Drops what is cached for the stream: after a refused log-in the next attempt reads it fresh, as it may have been rotated. */
export const forgetCredentials = (stream: StreamConfig, clients: SecretClients): void => {
  throw new Error(`Reading secrets is being written (${stream.name}, ${typeof clients})`);
};
