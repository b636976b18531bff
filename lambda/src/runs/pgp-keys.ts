import type { StreamConfig } from "../config/types.ts";
import type { Invocation } from "../invocation.ts";
import { keysLast, pullKeysLast } from "../staging/pgp/look.ts";
import { gaugeNames } from "../telemetry/names.ts";
import { recordTimeLeft } from "./time-left.ts";

/** Publishes how long each stream still has keys to encrypt and sign with, and partners have, also where nothing moves. */
export const recordPgpKeys = async (
  invocation: Pick<Invocation, "deps">,
  streams: readonly StreamConfig[],
): Promise<void> => {
  const { telemetry, clock, readSecret } = invocation.deps;
  for (const { name: stream, push, pull } of streams) {
    const sent = push?.pgp;
    const fetched = pull?.pgp;
    if (sent === undefined && fetched === undefined) continue;
    const told = { stream, name: gaugeNames.pgpKeyLeft, unknown: "It isn't known when the OpenPGP keys expire" };
    const log = telemetry.log.with({ stream });
    const context = { stream, readSecret: readSecret(stream), clock, log };
    await recordTimeLeft(invocation, told, async () =>
      Math.min(
        sent === undefined ? Number.POSITIVE_INFINITY : await keysLast(sent, context),
        fetched === undefined ? Number.POSITIVE_INFINITY : await pullKeysLast(fetched, context),
      ),
    );
  }
};
