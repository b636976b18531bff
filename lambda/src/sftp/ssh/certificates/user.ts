import type { ParsedKey } from "ssh2";
import { RemoteError } from "../../errors.ts";
import { type CertifiedKey, certificateSigner } from "../hooks/certificate-log-in.ts";
import { fingerprintOf } from "../host-keys.ts";
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

const refused = (why: string, remedy: string): RemoteError =>
  new RemoteError("authentication", `The certificate can't be used: ${why}. ${remedy}.`);

const storeIt = "Store the line of the file …-cert.pub, from ssh-…-cert-v01@openssh.com to the end";

/** What `ssh-keygen -s` writes. Throws a `RemoteError` of kind `authentication` for anything else. */
export const readCertificate = (text: string): Certificate => {
  const words = text.trim().split(/\s+/);
  const at = words.findIndex(isCertificateType);
  if (at === -1) {
    if (/PRIVATE KEY/.test(text))
      throw refused("it is a private key", `${storeIt}, and the private key in private_key`);
    if (/^(ssh-|ecdsa-|sk-)\S+ AAAA/.test(text.trim()))
      throw refused("it is a public key or a type of certificate that isn't known", storeIt);
    throw refused("it isn't a certificate of OpenSSH", storeIt);
  }
  const certificate = parseCertificate(Buffer.from(words[at + 1] ?? "", "base64"));
  if (certificate === undefined || certificate.type !== words[at])
    throw refused("it is damaged or was cut off", storeIt);
  return certificate;
};

/** Signature algorithms, best first, with what Node calls an RSA signature's hash (PROTOCOL.certkeys; RFC 8332). */
const algorithmsOf = (keyType: string): readonly (readonly [name: string, hash?: "sha512" | "sha256"])[] =>
  keyType === "ssh-rsa"
    ? [
        ["rsa-sha2-512", "sha512"],
        ["rsa-sha2-256", "sha256"],
      ]
    : [[keyType]];

/** A certificate that is ready to log in with. */
export interface UserCertificate {
  /** The key with it, once for each algorithm that it may sign with. */
  readonly signers: readonly ParsedKey[];
  /** As in `valid from … to …`. */
  readonly dates: string;
  /** What to say of it where the server refuses it. */
  readonly note: string;
}

/**
 * The certificate for this private key, checked as far as that can be done without the server. `now` in milliseconds. Throws a
 * `RemoteError` of kind `authentication` where it is none, a host's, another key's, damaged, expired or not valid yet.
 */
export const userCertificate = (text: string, key: ParsedKey, username: string, now: number): UserCertificate => {
  const certificate = readCertificate(text);
  const named = `"${certificate.id}", serial ${certificate.serial}, by the authority ${fingerprintOf(certificate.authority)}`;
  if (certificate.kind !== userKind)
    throw refused(
      `it is ${certificate.kind === hostKind ? "a host certificate" : "neither a user's nor a host's"} (${named})`,
      "The partner has to sign our public key as a user's: `ssh-keygen -s CA -I NAME -n USER`, without -h",
    );
  if (!certificate.key.equals(key.getPublicSSH()))
    throw refused(
      `it is for the key ${fingerprintOf(certificate.key)}, and private_key is ${fingerprintOf(key.getPublicSSH())} (${named})`,
      "Store the certificate of this key, or have this key's public half signed",
    );
  if (isSignedBy(certificate.authority, certificate.signed, certificate.signature) === false)
    throw refused(`its signature isn't the authority's (${named}): it is damaged`, storeIt);
  const why = outOfDate(certificate, now);
  if (why !== undefined)
    throw refused(
      `${why} (${named})`,
      now < certificate.validAfter
        ? "Wait, or ask the partner for one that is valid now"
        : "Ask the partner to sign our public key again, and store the new certificate in its place: no apply is needed",
    );
  const { principals, criticalOptions } = certificate;
  return {
    signers: algorithmsOf(certificate.keyType).map(([signature, hash]) =>
      certificateSigner(key, {
        algorithm: `${signature}-cert-v01@openssh.com`,
        signature,
        blob: certificate.blob,
        ...(hash && { hash }),
      } satisfies CertifiedKey),
    ),
    dates: datesOf(certificate),
    note: [
      `It was tried with the certificate ${named}`,
      principals.includes(username)
        ? "see that the server trusts this authority (TrustedUserCAKeys)"
        : `which is for ${principalsOf(certificate)} and not for "${username}": the server takes it only where it says so (AuthorizedPrincipalsFile), else the partner has to sign our key with -n ${username}`,
      ...(criticalOptions.length === 0 ? [] : [`it is restricted by ${criticalOptions.join(", ")}`]),
    ].join("; "),
  };
};
