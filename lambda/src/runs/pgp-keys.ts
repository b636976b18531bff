import type { StreamConfig } from "../config/types.ts";
import type { Invocation } from "../invocation.ts";
import { keysLast } from "../staging/pgp/look.ts";
import { gaugeNames } from "../telemetry/names.ts";

/** What those without an end have left: a hundred years. Seconds. */
const endless = 100 * 365 * 86_400;

/**
 * Publishes how long each stream still has keys to encrypt and sign with, also where nothing is sent. That they can't be read is an
 * error of its stream: nobody would hear of their end.
 */
export const recordPgpKeys = async (
  { deps }: Pick<Invocation, "deps">,
  streams: readonly StreamConfig[],
): Promise<void> => {
  const { telemetry, clock } = deps;
  for (const { name, push } of streams) {
    if (push?.pgp === undefined) continue;
    const log = telemetry.log.with({ stream: name });
    try {
      const left = await keysLast(push.pgp, { stream: name, readSecret: deps.readSecret(name), clock, log });
      const value = Math.min(endless, Math.floor(left / 1000));
      telemetry.recordGauge({ name: gaugeNames.pgpKeyLeft, unit: "Seconds", value, stream: name });
    } catch (error) {
      log.error("It isn't known when the OpenPGP keys expire", { error });
    }
  }
};
