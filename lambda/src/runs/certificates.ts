import type { StreamConfig } from "../config/types.ts";
import type { Invocation } from "../invocation.ts";
import { readCertificate } from "../sftp/ssh/certificates/user.ts";
import { gaugeNames } from "../telemetry/names.ts";

/** What one without an end has left: a hundred years. Seconds. */
const endless = 100 * 365 * 86_400;

/**
 * Publishes how long each stream's certificate is still good for, also where no connection is made. That one can't be read is an
 * error of its stream: nobody would hear of its end.
 */
export const recordCertificates = async (
  { deps }: Pick<Invocation, "deps">,
  streams: readonly StreamConfig[],
): Promise<void> => {
  const { telemetry, clock, certificateLine } = deps;
  for (const stream of streams) {
    try {
      const line = await certificateLine(stream);
      if (line === undefined) continue;
      const { validBefore } = readCertificate(line);
      const value = Math.min(endless, Math.floor((validBefore - clock.wall()) / 1000));
      telemetry.recordGauge({ name: gaugeNames.certificateLeft, unit: "Seconds", value, stream: stream.name });
    } catch (error) {
      telemetry.log.error("It isn't known when the certificate expires", { stream: stream.name, error });
    }
  }
};
