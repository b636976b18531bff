import type { Client } from "ssh2";
import { offerHostCertificates } from "../hooks/host-certificate.ts";
import { fingerprintOf, typeOf } from "../host-keys.ts";
import { type Authority, parseAuthorities } from "./authorities.ts";
import {
  type Certificate,
  datesOf,
  hostKind,
  isCertificateType,
  outOfDate,
  parseCertificate,
  principalsOf,
  userKind,
} from "./parse.ts";
import { isSignedBy } from "./verify.ts";

/** What a server has shown in place of a plain key. */
export interface ShownCertificate {
  /** The key that is certified, in wire format; what was shown where that can't be read. */
  readonly key: Buffer;
  /** As in `ssh-ed25519-cert-v01@openssh.com`. */
  readonly type: string;
  /** Who vouches for it and until when. */
  readonly words: string;
  /** Why it isn't trusted, and what to do; undefined where it is. */
  readonly fault: string | undefined;
}

/** The authorities that are trusted to say which host is which. */
export interface HostTrust {
  /** Fingerprints of the authorities. */
  readonly names: string;
  /** Has the server asked for its certificate. Call it right after `client.connect`. */
  readonly offer: (client: Client) => void;
  /** Undefined for a plain key. */
  readonly judge: (shown: Buffer) => ShownCertificate | undefined;
}

const faultOf = (
  certificate: Certificate,
  authorities: readonly Authority[],
  host: string,
  now: number,
): string | undefined => {
  const { authority, kind, principals, criticalOptions, signed, signature } = certificate;
  if (!authorities.some(({ key }) => key.equals(authority)))
    return `its authority isn't one of host_ca_keys (${authorities.map(({ fingerprint }) => fingerprint).join(", ")}). Ask the partner, by another way than this connection, which authority is theirs. If it is this one, put its public key into host_ca_keys; if not, somebody is between you and them`;
  const isSigned = isSignedBy(authority, signed, signature);
  if (isSigned === undefined)
    return "its authority has signed it with SHA-1, or with a type of key that isn't known here. The partner has to sign it anew (`ssh-keygen -t rsa-sha2-512`, or an ed25519 authority)";
  if (!isSigned)
    return "its signature isn't the authority's. Somebody has changed it, or is between you and the partner";
  if (kind !== hostKind)
    return `it is ${kind === userKind ? "a user's certificate" : "neither a host's nor a user's"}. The partner has to sign the server's key as a host's (\`ssh-keygen -h\`)`;
  const why = outOfDate(certificate, now);
  if (why !== undefined) return `${why}. The partner has to renew the server's certificate`;
  if (!principals.some((name) => name.toLowerCase() === host.toLowerCase()))
    return `it is for ${principalsOf(certificate)}, and not for ${host}. The partner has to sign the server's key with -n ${host}, or sftp.host has to be a name that it is for; patterns don't count`;
  if (criticalOptions.length > 0)
    return `it may be used only under conditions that aren't known here (${criticalOptions.join(", ")}). The partner has to sign the server's key without them`;
  return undefined;
};

/** Trusts what the authorities of `host_ca_keys` have certified for this host. Throws a `RemoteError` of kind `host-key` for an entry that is none. */
export const trustIn = (entries: readonly string[], host: string, now: () => number): HostTrust => {
  const authorities = parseAuthorities(entries);
  return {
    names: authorities.map(({ fingerprint }) => fingerprint).join(", "),
    offer: (client) => offerHostCertificates(client, (blob) => parseCertificate(blob)?.key),
    judge: (shown) => {
      const type = typeOf(shown);
      if (!isCertificateType(type)) return undefined;
      const certificate = parseCertificate(shown);
      if (certificate === undefined)
        return {
          key: shown,
          type,
          words: "it can't be read",
          fault: "it can't be read. The partner has to make a new one",
        };
      const { id, serial, key, authority } = certificate;
      return {
        key,
        type,
        words: `certified for ${principalsOf(certificate)} as "${id}", serial ${serial}, by ${fingerprintOf(authority)}, ${datesOf(certificate)}`,
        fault: faultOf(certificate, authorities, host, now()),
      };
    },
  };
};
