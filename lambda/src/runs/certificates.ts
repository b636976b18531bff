import type { StreamConfig } from "../config/types.ts";
import type { Invocation } from "../invocation.ts";
import { certificateFrom } from "../secrets/value.ts";
import { readCertificate } from "../sftp/ssh/certificates/user.ts";
import { gaugeNames } from "../telemetry/names.ts";
import { recordTimeLeft } from "./time-left.ts";

/**
 * Publishes how long each stream's certificates are still good for, the partner's and the jump host's, also where no connection is
 * made. Each by itself: the alarm goes by the least of a minute, and one that can't be read doesn't hide the other's end.
 */
export const recordCertificates = async (
  invocation: Pick<Invocation, "deps">,
  streams: readonly StreamConfig[],
): Promise<void> => {
  const { clock, readSecret } = invocation.deps;
  for (const { name: stream, sftp } of streams)
    for (const [field, source, whose] of [
      ["certificate", sftp.certificate, "the certificate"],
      ["via.certificate", sftp.via?.certificate, "the certificate for the jump host (via.certificate)"],
    ] as const) {
      if (source === undefined) continue;
      const told = { stream, name: gaugeNames.certificateLeft, unknown: `It isn't known when ${whose} expires` };
      await recordTimeLeft(invocation, told, async () => {
        const line = (await readSecret(stream)(field, source, certificateFrom)) ?? "";
        return readCertificate(line).validBefore - clock.wall();
      });
    }
};
