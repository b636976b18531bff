import type { StreamConfig } from "../config/types.ts";
import type { Invocation } from "../invocation.ts";
import { certificateFrom } from "../secrets/value.ts";
import { readCertificate } from "../sftp/ssh/certificates/user.ts";
import { gaugeNames } from "../telemetry/names.ts";
import { recordTimeLeft } from "./time-left.ts";

/** Publishes how long each stream's certificate is still good for, also where no connection is made. */
export const recordCertificates = async (
  invocation: Pick<Invocation, "deps">,
  streams: readonly StreamConfig[],
): Promise<void> => {
  const { clock, readSecret } = invocation.deps;
  for (const { name: stream, sftp } of streams) {
    const told = {
      stream,
      name: gaugeNames.certificateLeft,
      unknown: "It isn't known when the certificate expires",
    };
    await recordTimeLeft(invocation, told, async () => {
      const line = (await readSecret(stream)("certificate", sftp.certificate, certificateFrom)) ?? "";
      return readCertificate(line).validBefore - clock.wall();
    });
  }
};
