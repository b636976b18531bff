import { createHash } from "node:crypto";
import { RemoteError } from "../errors.ts";
import { printable } from "../printable.ts";
import type { NewHostKey } from "../remote.ts";
import { usesSha1 } from "./algorithms.ts";
import { readStrings, unsigned } from "./wire.ts";

/** A host key that the user trusts. */
export interface PinnedKey {
  /** `SHA256:` and base64 without padding, as ssh-keygen prints it. */
  readonly fingerprint: string;
  /** `ssh-ed25519`, `ssh-rsa`, …; undefined if only the fingerprint is known. */
  readonly type: string | undefined;
  /** In wire format, where the whole key is pinned. */
  readonly key?: Buffer;
}

const keyType = /^(ssh-(rsa|dss|ed25519)|ecdsa-sha2-nistp(256|384|521))$/;
const fingerprint = /^SHA256:([A-Za-z0-9+/]{43})=?$/;
/** How `ssh-keygen -l` names a type at the end of its line. */
const shortNames: Readonly<Record<string, string>> = {
  "(ED25519)": "ssh-ed25519",
  "(RSA)": "ssh-rsa",
  "(DSA)": "ssh-dss",
};

/** The SHA256 fingerprint of a public key in its wire format (RFC 4253, section 6.6), as ssh-keygen prints it. */
export const fingerprintOf = (key: Buffer): string =>
  `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;

/** The type in front of a public key in its wire format. */
export const typeOf = (key: Buffer): string => {
  const length = key.length >= 4 ? key.readUInt32BE(0) : 0;
  return length > 0 && length <= 64 && key.length >= 4 + length
    ? printable(key.toString("latin1", 4, 4 + length))
    : "unknown";
};

const refuse = (entry: string, reason: string, remedy: string): never => {
  throw new RemoteError("host-key", `host_keys has "${printable(entry, 60)}", which ${reason}. ${remedy}.`);
};

const parseLine = (line: string): PinnedKey => {
  const words = line.split(/\s+/);
  if (words[0]?.startsWith("@"))
    return refuse(
      line,
      `is marked ${words[0]}`,
      words[0] === "@cert-authority"
        ? "An authority goes into host_ca_keys; here the server's own key is pinned"
        : "Only plain keys can be pinned: name the server's own key",
    );

  const pinned = words.find((word) => word.startsWith("SHA256:"));
  if (pinned !== undefined) {
    const hash = fingerprint.exec(pinned)?.[1];
    if (hash === undefined)
      return refuse(line, "is no SHA256 fingerprint", "It has 43 characters of base64 after SHA256:");
    return { fingerprint: `SHA256:${hash}`, type: shortNames[words.at(-1) ?? ""] };
  }

  // A known_hosts line has the hosts first, a .pub file doesn't; nothing but the key counts, so hashed hosts are fine.
  const at = words.findIndex((word) => keyType.test(word));
  const [type, base64] = at === -1 || at > 1 ? [] : words.slice(at, at + 2);
  if (type === undefined || base64 === undefined)
    return refuse(
      line,
      /^(MD5:)?([0-9a-f]{2}:){15}[0-9a-f]{2}$/i.test(line)
        ? "is an MD5 fingerprint"
        : "is neither a fingerprint nor a key",
      "Give SHA256:…, or a line of known_hosts or of `ssh-keyscan`",
    );
  const key = Buffer.from(base64, "base64");
  if (typeOf(key) !== type) return refuse(line, `has no ${type} key`, "Was the line cut off? Copy it again");
  return { fingerprint: fingerprintOf(key), type, key };
};

/** The lines of entries, each of which may hold several, without blank ones and comments. */
export const linesOf = (entries: readonly string[]): string[] =>
  entries
    .flatMap((entry) => entry.split(/\r?\n/))
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));

/**
 * Reads `host_keys`: `SHA256:…` fingerprints (also whole lines of `ssh-keygen -l`), lines of known_hosts or ssh-keyscan,
 * or bare `ssh-ed25519 AAAA…` keys; an entry may hold several lines. Throws a `RemoteError` of kind `host-key` that
 * names the entry that is none of these.
 */
export const parsePinnedKeys = (entries: readonly string[]): readonly PinnedKey[] => linesOf(entries).map(parseLine);

/** Host key algorithms of a key type (RFC 8332: one RSA key serves several; the one with SHA-1 is left out). */
const algorithmsOf = (type: string): readonly string[] =>
  type === "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256"] : [type];

/** The key type that a host key algorithm proves. */
export const typeOfAlgorithm = (algorithm: string): string =>
  algorithm.startsWith("rsa-sha2-") ? "ssh-rsa" : algorithm;

const defaultTypes = ["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa"];

/**
 * Host key algorithms in order of preference: a server with several keys shows the first that it has, so the pinned
 * types come first. The others follow, in order that a server whose key was replaced can say what it has now.
 */
export const hostKeyAlgorithms = (pins: readonly PinnedKey[], first?: string): string[] => {
  const known = pins.flatMap(({ type }) => type ?? []);
  return [...new Set([...(first === undefined ? [] : [first]), ...known, ...defaultTypes])]
    .flatMap(algorithmsOf)
    .filter((name) => !usesSha1(name));
};

/** Bits of an RSA key in wire format; undefined for other types, whose type says how long they are. */
export const rsaBits = (key: Buffer): number | undefined => {
  const [type, , modulus] = readStrings(key);
  if (type?.toString("latin1") !== "ssh-rsa" || modulus === undefined) return undefined;
  const number = unsigned(modulus);
  return number.length * 8 - Math.clz32(number[0] ?? 0) + 24;
};

/** RSA below this is within reach of who has the means (NIST SP 800-131A): it is used, with a word. Bits. */
const leastRsaBits = 2048;

/** What to say of a key that is short for its type; undefined where nothing is to be said. `whose` as in `The partner's host key`. */
export const weakness = (whose: string, key: Buffer): string | undefined => {
  const bits = rsaBits(key);
  return bits === undefined || bits >= leastRsaBits
    ? undefined
    : `${whose} is RSA with ${bits} bits, which is too short to be safe: below ${leastRsaBits} it can be broken. An ed25519 key, or RSA with 3072 bits, is`;
};

/**
 * Which key type to ask for next, when the server showed a key that isn't pinned: where a pin is a mere fingerprint, it
 * may belong to another of the server's keys. Undefined when none is left.
 */
export const nextKeyType = (
  pins: readonly PinnedKey[],
  offered: readonly string[],
  tried: ReadonlySet<string>,
): string | undefined => {
  const usable = defaultTypes.filter((type) => offered.map(typeOfAlgorithm).includes(type) && !tried.has(type));
  return usable.find((type) => pins.some((pin) => pin.type === undefined || pin.type === type));
};

/** Is this one of the pinned keys? */
export const isPinned = (pins: readonly PinnedKey[], key: Buffer): boolean => {
  const offered = fingerprintOf(key);
  return pins.some((pin) => pin.fingerprint === offered);
};

/**
 * What to say of keys that a server has announced and proved (`hostkeys-00@openssh.com`, OpenSSH's PROTOCOL, 2.5) and that
 * aren't pinned. Over this connection, whose host key is pinned, the server vouches for them; a person decides all the same.
 */
export const unpinnedKeys = (pins: readonly PinnedKey[], announced: readonly Buffer[]): readonly NewHostKey[] =>
  announced
    .filter((key) => !isPinned(pins, key))
    .map((key) => {
      const type = typeOf(key);
      const fingerprint = fingerprintOf(key);
      const words = `the server has another host key, which isn't pinned and isn't trusted: ${type}. If the partner says that it is theirs, add "${fingerprint}" to host_keys before the old one is retired`;
      return { type, fingerprint, words };
    });

/** The refusal of a host key, with what was expected, what was offered and what to do. */
export const hostKeyError = (
  partner: string,
  pins: readonly PinnedKey[],
  offered: readonly Buffer[],
  /** Fingerprints of the authorities whose certificates are trusted. */
  authorities?: string,
): RemoteError => {
  const shown = offered.map((key) => `${fingerprintOf(key)} (${typeOf(key)})`).join(" and ");
  const expected =
    pins.length === 0
      ? "none is pinned"
      : `pinned is ${pins.map((pin) => `${pin.fingerprint}${pin.type === undefined ? "" : ` (${pin.type})`}`).join(" or ")}`;
  if (authorities !== undefined)
    return new RemoteError(
      "host-key",
      `${partner}: host key refused: offered was ${shown}, without a certificate; ${pins.length === 0 ? "" : `${expected}; `}trusted is what ${authorities} has certified (host_ca_keys). Ask the partner whether the server shows its certificate (HostCertificate); if this isn't their key, somebody is between you and them.`,
    );
  const last = offered.at(-1);
  const remedy = `Ask the partner, by another way than this connection, which key is theirs. If it is the offered one, put ${last === undefined ? "it" : `"${fingerprintOf(last)}"`} into host_keys; if not, somebody is between you and them`;
  return new RemoteError("host-key", `${partner}: host key refused: offered was ${shown}; ${expected}. ${remedy}.`);
};
