import type { SftpConfig } from "../../config/types.ts";
import { RemoteError } from "../errors.ts";
import type { HostTrust, ShownCertificate } from "./certificates/host.ts";
import { fingerprintOf, isPinned, type PinnedKey } from "./host-keys.ts";

/** What a server's key is checked by. */
interface Expected {
  /** What messages begin with. */
  readonly partner: string;
  readonly pins: readonly PinnedKey[];
  readonly trust: HostTrust | undefined;
  readonly insecureIgnoreHostKey: SftpConfig["insecureIgnoreHostKey"];
}

export interface HostKeyCheck {
  /** ssh2's `hostVerifier`. */
  verify(shown: Buffer): boolean;
  /** What was shown; of a certificate the key in it. */
  readonly key: Buffer | undefined;
  readonly certificate: ShownCertificate | undefined;
  /** A certificate that was refused. */
  readonly refusal: RemoteError | undefined;
  /** A key that was refused, as it is none of those that are pinned. */
  readonly unpinned: Buffer | undefined;
}

const certificateError = (partner: string, { fault, key, type, words }: ShownCertificate): RemoteError =>
  new RemoteError(
    "host-key",
    `${partner}: host certificate refused: ${fault}. What was shown is ${fingerprintOf(key)} (${type}), ${words}.`,
  );

/** The check of the host key, which says afterwards what it was shown. */
export const createHostKeyCheck = ({ partner, pins, trust, insecureIgnoreHostKey }: Expected): HostKeyCheck => {
  let key: Buffer | undefined;
  let certificate: ShownCertificate | undefined;
  let refusal: RemoteError | undefined;
  let unpinned: Buffer | undefined;
  return {
    get key() {
      return key;
    },
    get certificate() {
      return certificate;
    },
    get refusal() {
      return refusal;
    },
    get unpinned() {
      return unpinned;
    },
    verify(shown) {
      key = Buffer.from(shown);
      certificate = trust?.judge(key);
      if (certificate !== undefined) {
        key = certificate.key;
        if (certificate.fault === undefined || isPinned(pins, key)) return true;
        refusal = certificateError(partner, certificate);
        return false;
      }
      if (isPinned(pins, shown) || (insecureIgnoreHostKey && pins.length === 0 && trust === undefined)) return true;
      unpinned = key;
      return false;
    },
  };
};
