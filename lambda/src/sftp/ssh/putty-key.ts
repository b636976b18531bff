/** PuTTY's key files, versions 2 and 3: https://the.earth.li/~sgtatham/putty/0.83/htmldoc/AppendixC.html */
import * as crypto from "node:crypto";
import { convertWithPuttygen, damaged, noPassphrase, refused, wrongPassphrase } from "./key-refused.ts";
import { readStrings, sshString, unsigned } from "./wire.ts";

const base64 = "([A-Za-z0-9+/=\\s]+?)";
/** Line breaks may be spaces by now. */
const file = new RegExp(
  `^PuTTY-User-Key-File-([23]): (\\S+)\\s+Encryption: (\\S+)\\s+Comment: ?(.*?)\\s*Public-Lines: \\d+\\s+${base64}\\s+(?:Key-Derivation: (.*?)\\s+)?Private-Lines: \\d+\\s+${base64}\\s+Private-MAC: ([0-9a-f]+)`,
  "s",
);

/** PuTTY itself takes 8 MiB unless told otherwise; the function hasn't got much more. KiB. */
const maxMemory = 64 * 1024;
const maxPasses = 200;

interface Keys {
  readonly cipher: Buffer;
  readonly iv: Buffer;
  readonly mac: Buffer;
}

const hash = (...parts: (Buffer | string)[]): Buffer =>
  parts.reduce((sum, part) => sum.update(part), crypto.createHash("sha1")).digest();

const keysOfVersion2 = (passphrase: string): Keys => ({
  cipher: Buffer.concat([0, 1].map((count) => hash(Buffer.from([0, 0, 0, count]), passphrase))).subarray(0, 32),
  iv: Buffer.alloc(16),
  mac: hash("putty-private-key-file-mac-key", passphrase),
});

const argon2 =
  /^(Argon2(?:id|i|d))\s+Argon2-Memory: (\d+)\s+Argon2-Passes: (\d+)\s+Argon2-Parallelism: (\d+)\s+Argon2-Salt: ([0-9a-f]+)/;

const keysOfVersion3 = (passphrase: string, derivation: string): Keys => {
  const [, kind, memory, passes, parallelism, salt] = argon2.exec(derivation) ?? [];
  if (kind === undefined || salt === undefined) throw damaged();
  if (Number(memory) > maxMemory || Number(passes) > maxPasses || Number(parallelism) > 16)
    throw refused(
      `its passphrase takes ${Math.ceil(Number(memory) / 1024)} MiB and ${passes} passes to check, more than the function has`,
      convertWithPuttygen,
    );
  // Node has it since 24.7.
  if (typeof crypto.argon2Sync !== "function")
    throw refused("it is an encrypted PuTTY key of version 3, which this runtime can't open", convertWithPuttygen);
  const bytes = crypto.argon2Sync(kind.toLowerCase() as "argon2id", {
    message: passphrase,
    nonce: Buffer.from(salt, "hex"),
    parallelism: Number(parallelism),
    tagLength: 80,
    memory: Number(memory),
    passes: Number(passes),
  });
  return { cipher: bytes.subarray(0, 32), iv: bytes.subarray(32, 48), mac: bytes.subarray(48) };
};

const decrypt = ({ cipher, iv }: Keys, bytes: Buffer): Buffer => {
  if (bytes.length % 16 !== 0) throw damaged();
  const decipher = crypto.createDecipheriv("aes-256-cbc", cipher, iv).setAutoPadding(false);
  return Buffer.concat([decipher.update(bytes), decipher.final()]);
};

const text = (number: Buffer): string => number.toString("base64url");
const big = (number: Buffer): bigint => BigInt(`0x${number.toString("hex") || "0"}`);
const remainder = (d: Buffer, prime: Buffer): string => {
  const hex = (big(d) % (big(prime) - 1n)).toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex").toString("base64url");
};

/** The key as JSON Web Key (RFC 7517), from PuTTY's two halves; undefined for a type that isn't known here. */
const jwkOf = (type: string, open: readonly Buffer[], secret: readonly Buffer[]): crypto.JsonWebKey | undefined => {
  if (type === "ssh-rsa") {
    const [, e, n] = open.map(unsigned);
    const [d, p, q, qi] = secret.map(unsigned);
    if (!e || !n || !d || !p || !q || !qi) throw damaged();
    const primes = { p: text(p), q: text(q), qi: text(qi), dp: remainder(d, p), dq: remainder(d, q) };
    return { kty: "RSA", e: text(e), n: text(n), d: text(d), ...primes };
  }
  const [, first = Buffer.alloc(0), point = Buffer.alloc(0)] = open;
  const [d = Buffer.alloc(0)] = secret;
  if (type === "ssh-ed25519") return { kty: "OKP", crv: "Ed25519", x: text(first), d: text(d) };
  const bits = /^ecdsa-sha2-nistp(256|384|521)$/.exec(type)?.[1];
  if (bits === undefined) return undefined;
  const length = Math.ceil(Number(bits) / 8);
  const padded = Buffer.concat([Buffer.alloc(length), d]).subarray(-length);
  const [x, y] = [point.subarray(1, 1 + length), point.subarray(1 + length)];
  return { kty: "EC", crv: `P-${bits}`, x: text(x), y: text(y), d: text(padded) };
};

/** Reads a PuTTY key file. Throws a `RemoteError` that says why it can't, and how to convert it. */
export const openPuttyKey = (given: string, passphrase: string | undefined): crypto.KeyObject => {
  if (/^PuTTY-User-Key-File-(?![23]:)/.test(given))
    throw refused("it is a PuTTY key of a version that can't be read", convertWithPuttygen);
  if (!/Private-MAC: *[0-9a-f]{40}/.test(given))
    throw refused(
      "its last line, Private-MAC, is missing: it was cut off",
      "Store the key file as it is, all its lines",
    );
  const [, version, type = "", encryption = "", comment = "", half = "", derivation = "", other = "", mac = ""] =
    file.exec(given) ?? [];
  if (version === undefined) throw damaged();
  const encrypted = encryption !== "none";
  if (encrypted && encryption !== "aes256-cbc")
    throw refused(`it is encrypted with ${encryption}`, convertWithPuttygen);
  if (encrypted && passphrase === undefined) throw noPassphrase();
  const phrase = encrypted ? (passphrase ?? "") : "";
  const keys = version === "2" ? keysOfVersion2(phrase) : encrypted ? keysOfVersion3(phrase, derivation) : undefined;
  const open = Buffer.from(half, "base64");
  const stored = Buffer.from(other, "base64");
  const secret = encrypted && keys ? decrypt(keys, stored) : stored;

  const algorithm = version === "2" ? "sha1" : "sha256";
  // The comment's bytes count, and Windows writes them in its own code page.
  const authentic = (["utf8", "latin1"] as const).some((encoding) => {
    const parts = [type, encryption, Buffer.from(comment, encoding), open, secret].map(sshString);
    return (
      crypto
        .createHmac(algorithm, keys?.mac ?? "")
        .update(Buffer.concat(parts))
        .digest("hex") === mac
    );
  });
  if (!authentic) throw encrypted ? wrongPassphrase() : damaged();
  const jwk = jwkOf(type, readStrings(open), readStrings(secret));
  if (jwk === undefined) throw refused(`it is a key of type ${type}`, "Use a key of type ed25519, ecdsa or rsa");
  try {
    return crypto.createPrivateKey({ key: jwk, format: "jwk" });
  } catch {
    throw damaged();
  }
};
