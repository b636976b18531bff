import type { ParsedKey } from "ssh2";
import { sshString } from "../wire.ts";

/** What ssh2 1.17 keeps of a connection (lib/protocol/Protocol.js, authPK); all of it private. */
export interface Protocol {
  readonly _kex?: { readonly sessionID?: Buffer };
  readonly _kexinit?: unknown;
  _queue?: unknown[];
  readonly _authsQueue: string[];
  readonly _packetRW: {
    readonly write: { readonly allocStart: number; alloc(bytes: number): Buffer; finalize(packet: Buffer): Buffer };
  };
  readonly _cipher: { encrypt(packet: Buffer): void };
}

export type Sign = (data: Buffer, done: (signature: Buffer) => void) => void;

/** A key that logs in by a request of its own (`eager-signature.ts`). */
export interface LogsItselfIn {
  readonly sendLogIn: (protocol: Protocol, username: string, sign: Sign) => void;
}

export interface CertifiedKey {
  /** As in `rsa-sha2-512-cert-v01@openssh.com`. */
  readonly algorithm: string;
  /** What the signature is called: that of the key alone. */
  readonly signature: string;
  /** What Node calls an RSA signature's hash. */
  readonly hash?: "sha512" | "sha256";
  /** The certificate in wire format. */
  readonly blob: Buffer;
}

const userauthRequest = 50;

/** An ECDSA signature as SSH has it (RFC 5656, section 3.1.2): ASN.1's two numbers are what SSH calls so, each with a tag and a short length. */
const numbersOf = (asn1: Buffer): Buffer => {
  let at = (asn1[1] ?? 0) > 127 ? 3 : 2;
  return Buffer.concat(
    [0, 1].map(() => {
      const from = at + 2;
      at = from + (asn1[at + 1] ?? 0);
      return sshString(asn1.subarray(from, at));
    }),
  );
};

/**
 * The key with its certificate, as ssh2's `authHandler` takes it. ssh2 1.17 has no certificates: it gives the signature the name
 * of the algorithm, which is the certificate's, where PROTOCOL.certkeys wants that of the key.
 */
export const certificateSigner = (key: ParsedKey, certified: CertifiedKey): ParsedKey => {
  const { algorithm, signature: signatureName, hash, blob } = certified;
  const sendLogIn: LogsItselfIn["sendLogIn"] = (protocol, username, sign) => {
    const request = Buffer.concat([
      Buffer.from([userauthRequest]),
      ...[username, "ssh-connection", "publickey"].map(sshString),
      Buffer.from([1]),
      sshString(algorithm),
      sshString(blob),
    ]);
    sign(Buffer.concat([sshString(protocol._kex?.sessionID ?? ""), request]), (signature) => {
      const value = signatureName.startsWith("ecdsa-") ? numbersOf(signature) : signature;
      const payload = Buffer.concat([request, sshString(Buffer.concat([sshString(signatureName), sshString(value)]))]);
      const { write } = protocol._packetRW;
      const packet = write.alloc(payload.length);
      packet.set(payload, write.allocStart);
      protocol._authsQueue.push("publickey");
      const finished = write.finalize(packet);
      if (protocol._kexinit === undefined) protocol._cipher.encrypt(finished);
      // In the middle of a new exchange of keys: ssh2 sends it when that is done.
      else protocol._queue = [...(protocol._queue ?? []), finished];
    });
  };
  return Object.create(key, {
    type: { value: algorithm },
    sign: { value: (data: Buffer) => key.sign(data, hash as string) },
    getPublicSSH: { value: () => blob },
    sendLogIn: { value: sendLogIn },
  });
};
