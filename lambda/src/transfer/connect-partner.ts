import { forgetCredentials, readCredentials } from "../secrets/read.ts";
import type { SecretClients } from "../secrets/types.ts";
import type { Budget } from "../sftp/budget.ts";
import { RemoteError } from "../sftp/errors.ts";
import { openRemote } from "../sftp/open.ts";
import type { Phase } from "../sftp/refusal.ts";
import type { Remote } from "../sftp/remote.ts";
import type { Log } from "../telemetry/types.ts";
import { withNetwork } from "./network.ts";
import type { Partner } from "./partners.ts";

interface Connecting {
  readonly secrets: SecretClients;
  readonly log: Log;
  readonly now: () => number;
  /** Bytes in flight over all connections. */
  readonly inFlight: Budget;
}

/** Opens connections with credentials as they are at this moment. After a refused log-in the cached ones are dropped: they may have been rotated. */
export const connectWith =
  ({ secrets, log, now, inFlight }: Connecting) =>
  async ({ first, sftp }: Partner, signal: AbortSignal, reached?: (phase: Phase) => void): Promise<Remote> => {
    const credentials = await readCredentials(first, secrets, now);
    try {
      return await openRemote(sftp, credentials, {
        signal,
        inFlight,
        log: log.with({ stream: first.name }),
        ...(reached && { reached }),
      });
    } catch (error) {
      if (error instanceof RemoteError && error.kind === "authentication") forgetCredentials(first, secrets);
      throw withNetwork(error);
    }
  };
