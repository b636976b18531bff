import type { StreamConfig } from "../config/types.ts";
import type { Invocation } from "../invocation.ts";
import { keysLast } from "../staging/pgp/look.ts";
import { gaugeNames } from "../telemetry/names.ts";
import { recordTimeLeft } from "./time-left.ts";

/** Publishes how long each stream still has keys to encrypt and sign with, also where nothing is sent. */
export const recordPgpKeys = async (
  invocation: Pick<Invocation, "deps">,
  streams: readonly StreamConfig[],
): Promise<void> => {
  const { telemetry, clock, readSecret } = invocation.deps;
  for (const { name: stream, push } of streams) {
    const pgp = push?.pgp;
    if (pgp === undefined) continue;
    const told = { stream, name: gaugeNames.pgpKeyLeft, unknown: "It isn't known when the OpenPGP keys expire" };
    const log = telemetry.log.with({ stream });
    await recordTimeLeft(invocation, told, () => keysLast(pgp, { stream, readSecret: readSecret(stream), clock, log }));
  }
};
