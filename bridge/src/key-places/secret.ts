import {
  dropPending,
  freshPending,
  type Place,
  promote,
  putCurrent,
  putPending,
  readSecret,
  type SecretsManager,
  type Versions,
  versionsOf,
} from "./secret-versions.ts";
import type { KeyPlace } from "./types.ts";

/** A secret of Secrets Manager: the new key waits as a version of it, which the function may read. */
export const secretPlace = (client: SecretsManager, place: Place): KeyPlace => {
  let tried: (Versions & { readonly pending: string }) | undefined;
  const pendingOf = async () => (await versionsOf(client, place)).pending;
  return {
    waits: async () => (await pendingOf()) !== undefined,
    put: async (privateKey) => void (await putPending(client, place, privateKey)),
    drop: async () => {
      const pending = await pendingOf();
      if (pending !== undefined) await dropPending(client, place, pending);
    },
    trial: async () => {
      const { current, pending } = await versionsOf(client, place);
      const version = await freshPending(client, place, pending ?? "");
      tried = { current, pending: version };
      return { key_version: version };
    },
    promote: async () => {
      if (tried !== undefined) await promote(client, place, tried);
    },
    replace: (value) => putCurrent(client, place, value),
    read: () => readSecret(client, place),
    kept: "The old key is kept in the secret as AWSPREVIOUS until the next change.",
  };
};
