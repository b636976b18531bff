import type { Budget } from "../concurrency/budget.ts";
import type { Partner } from "../config/partners.ts";
import { forgetCredentials, readCredentials } from "../secrets/read.ts";
import type { SecretClients } from "../secrets/types.ts";
import { RemoteError } from "../sftp/errors.ts";
import { bytesPerMsWith } from "../sftp/limits.ts";
import type { Remote } from "../sftp/remote.ts";
import type { Reached } from "../sftp/ssh/session.ts";
import { notPostQuantum } from "../telemetry/names.ts";
import type { Telemetry } from "../telemetry/types.ts";
import type { Traits } from "../traits/traits.ts";

interface Connecting {
  readonly secrets: SecretClients;
  readonly telemetry: Pick<Telemetry, "log" | "recordGauge">;
  readonly now: () => number;
  /** Bytes in flight over all connections. */
  readonly inFlight: Budget;
  /** Processors that the function has, up to 1. */
  readonly cores?: number | undefined;
}

/** Opens connections with credentials as they are at this moment. After a refused log-in the cached ones are dropped: they may have been rotated. */
export const connectWith =
  ({ secrets, telemetry, now, inFlight, cores }: Connecting) =>
  async ({ first, sftp }: Partner, signal: AbortSignal, reached?: Reached, traits?: Traits): Promise<Remote> => {
    const reading = readCredentials(first, secrets, now);
    // Nearly half of all code is what connects. It is read beside the secrets; whoever finds the lease taken does without it.
    const loading = import("../sftp/open.ts");
    loading.catch(() => {});
    const credentials = await reading;
    try {
      const { openRemote } = await loading;
      return await openRemote(sftp, credentials, {
        signal,
        inFlight,
        bytesPerMs: bytesPerMsWith(cores),
        log: telemetry.log.with({ stream: first.name }),
        negotiated: ({ postQuantum }) => {
          if (!postQuantum) telemetry.recordGauge({ name: notPostQuantum, unit: "Count", value: 1 });
        },
        ...(reached && { reached }),
        ...(traits && { traits }),
      });
    } catch (error) {
      if (error instanceof RemoteError && error.kind === "authentication") forgetCredentials(first, secrets);
      throw withNetwork(error, process.env["BRIDGE_VPC"], sftp.via !== undefined);
    }
  };

/**
 * The error, and where a connection got no answer, what in a network of the user's may be in its way, by name. `network` is what
 * the module says of the function's VPC; undefined outside of one. `isThroughHop`: by way of a proxy or jump host.
 */
export const withNetwork = (error: unknown, network = process.env["BRIDGE_VPC"], isThroughHop = false): unknown =>
  network !== undefined && error instanceof RemoteError && ["connect-timeout", "unreachable"].includes(error.kind)
    ? new RemoteError(
        error.kind,
        `${error.message.replace(/\.$/, "")}. The function is in a VPC (${network}): ${
          isThroughHop
            ? "see that its security groups let out to the port of the proxy or jump host (via.port), and that the subnets have a route there"
            : "see that its security groups let out to the partner's port, and that the subnets have a route to a NAT gateway"
        }`,
        { ...(error.path !== undefined && { path: error.path }), cause: error },
      )
    : error;
