/** Certificates of OpenSSH (PROTOCOL.certkeys): a public key, what it may be used for, and an authority's signature over both. */
import { printable } from "../../printable.ts";
import { sshString } from "../wire.ts";

export interface Certificate {
  /** The whole of it, in wire format. */
  readonly blob: Buffer;
  /** As in `ssh-ed25519-cert-v01@openssh.com`. */
  readonly type: string;
  /** Of the key that is certified, as in `ssh-ed25519`. */
  readonly keyType: string;
  /** The key that is certified, in wire format. */
  readonly key: Buffer;
  /** 1 is a user's, 2 a host's. */
  readonly kind: number;
  readonly serial: bigint;
  /** What the authority calls it. */
  readonly id: string;
  readonly principals: readonly string[];
  /** Milliseconds since the epoch; it is valid from here on … */
  readonly validAfter: number;
  /** … and until before here; infinite where it has no end. */
  readonly validBefore: number;
  /** Names of what has to be understood and obeyed. */
  readonly criticalOptions: readonly string[];
  /** The authority's public key, in wire format. */
  readonly authority: Buffer;
  /** What the authority has signed. */
  readonly signed: Buffer;
  readonly signature: Buffer;
}

export const userKind = 1;
export const hostKind = 2;

const typePattern = /^(ssh-(?:rsa|ed25519)|ecdsa-sha2-nistp(?:256|384|521))-cert-v01@openssh\.com$/;

/** Is it the type of a certificate, in front of a key in wire format or of a line? */
export const isCertificateType = (type: string): boolean => typePattern.test(type);

/** Numbers of 64 bits beyond what a date can hold mean that there is no end. Seconds. */
const lastDate = 8_640_000_000_000n;

interface Reader {
  readonly at: () => number;
  string(): Buffer;
  uint32(): number;
  uint64(): bigint;
}

const readerOf = (bytes: Buffer): Reader => {
  let at = 0;
  const take = (length: number): Buffer => {
    if (at + length > bytes.length) throw new RangeError("it ends too early");
    at += length;
    return bytes.subarray(at - length, at);
  };
  return {
    at: () => at,
    string: () => take(take(4).readUInt32BE()),
    uint32: () => take(4).readUInt32BE(),
    uint64: () => take(8).readBigUInt64BE(),
  };
};

const stringsIn = (bytes: Buffer): Buffer[] => {
  const reader = readerOf(bytes);
  const strings: Buffer[] = [];
  while (reader.at() < bytes.length) strings.push(reader.string());
  return strings;
};

const time = (seconds: bigint): number => (seconds > lastDate ? Number.POSITIVE_INFINITY : Number(seconds) * 1000);

/** Strings of a public key behind its type: e and n, a point, or a curve and a point. */
const partsOfKey = (keyType: string): number => (keyType === "ssh-ed25519" ? 1 : 2);

/** Reads a certificate in wire format. Undefined for what is none, or is cut off or followed by something. */
export const parseCertificate = (blob: Buffer): Certificate | undefined => {
  try {
    const reader = readerOf(blob);
    const type = reader.string().toString("latin1");
    const keyType = typePattern.exec(type)?.[1];
    if (keyType === undefined) return undefined;
    reader.string(); // nonce
    const parts = Array.from({ length: partsOfKey(keyType) }, () => sshString(reader.string()));
    const serial = reader.uint64();
    const kind = reader.uint32();
    const id = printable(reader.string().toString("utf8"), 200);
    const principals = stringsIn(reader.string()).map((name) => name.toString("utf8"));
    const [validAfter, validBefore] = [time(reader.uint64()), time(reader.uint64())];
    // Names and values take turns.
    const criticalOptions = stringsIn(reader.string()).filter((_, index) => index % 2 === 0);
    reader.string(); // extensions
    reader.string(); // reserved
    const authority = reader.string();
    const signed = blob.subarray(0, reader.at());
    const signature = reader.string();
    if (reader.at() !== blob.length) return undefined;
    return {
      blob,
      type,
      keyType,
      key: Buffer.concat([sshString(keyType), ...parts]),
      kind,
      serial,
      id,
      principals,
      validAfter,
      validBefore,
      criticalOptions: criticalOptions.map((name) => printable(name.toString("latin1"), 60)),
      authority,
      signed,
      signature,
    };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
};

const day = (moment: number): string =>
  Number.isFinite(moment) ? new Date(moment).toISOString().replace(/\.\d+Z$/, "Z") : "without end";

/** Its dates in words, as in `valid from 2026-01-01T00:00:00Z to 2027-01-01T00:00:00Z`. */
export const datesOf = ({ validAfter, validBefore }: Certificate): string =>
  Number.isFinite(validBefore)
    ? `valid from ${day(validAfter)} to ${day(validBefore)}`
    : `valid from ${day(validAfter)} on`;

/** Why it isn't valid at this time, with its dates; undefined where it is. `now` in milliseconds. */
export const outOfDate = (certificate: Certificate, now: number): string | undefined => {
  if (now >= certificate.validBefore) return `it has expired: it was ${datesOf(certificate)}`;
  return now < certificate.validAfter ? `it isn't valid yet: it is ${datesOf(certificate)}` : undefined;
};

/** At most so many names are shown. */
const shownNames = 8;

/** Principals for a message: they come from whoever made the certificate. */
export const principalsOf = ({ principals }: Certificate): string =>
  principals.length === 0
    ? "no principal"
    : `${principals
        .slice(0, shownNames)
        .map((name) => `"${printable(name, 80)}"`)
        .join(", ")}${principals.length > shownNames ? ", …" : ""}`;
