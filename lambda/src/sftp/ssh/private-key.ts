import { createHash, createPrivateKey, type KeyObject } from "node:crypto";
import type { ParsedKey } from "ssh2";
import ssh2 from "ssh2";
import { countKeys, keyText } from "../../secrets/key-text.ts";
import type { RemoteError } from "../errors.ts";
import { printable } from "../printable.ts";
import { textOf } from "./key-object.ts";
import { convertWithPuttygen, damaged, noPassphrase, refused, wrongPassphrase } from "./key-refused.ts";
import { openPuttyKey } from "./putty-key.ts";
import { readStrings } from "./wire.ts";

const isPublic = () =>
  refused("it is a public key", "Store the private one (the file without .pub); the partner gets the public one");

const otherType = (type: string) =>
  refused(`it is a key of type ${type}`, "Use a key of type ed25519, ecdsa (nistp256, 384 or 521) or rsa");

/** PKCS#8, PKCS#1 and SEC 1, which Node opens. */
const openPem = (pem: string, passphrase: string | undefined): KeyObject => {
  const encrypted = /ENCRYPTED/.test(pem);
  if (encrypted && passphrase === undefined) throw noPassphrase();
  try {
    return createPrivateKey({ key: pem, format: "pem", ...(encrypted ? { passphrase } : {}) });
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (encrypted && code === "ERR_OSSL_EVP_UNSUPPORTED")
      throw refused(
        "it is encrypted in a way that is no longer safe (DES or RC2), which the runtime can't open",
        "Encrypt a copy anew with `openssl pkey -provider legacy -provider default -in copy-of-the-key -aes256 -out new-key`, and store new-key",
      );
    // About one wrong passphrase in 128 makes something of the key that ends like a whole one, and then isn't one.
    throw encrypted ? wrongPassphrase() : damaged();
  }
};

const unreadable = (reason: string, passphrase: string | undefined): RemoteError => {
  if (/no passphrase given/i.test(reason)) return noPassphrase();
  const type = /unsupported.* key type: ([\w@.-]+)$/i.exec(reason)?.[1];
  if (type !== undefined) return otherType(type);
  if (/passphrase|integrity/i.test(reason) && passphrase !== undefined) return wrongPassphrase();
  return damaged();
};

/** OpenSSH's own format tells its cipher at the start (PROTOCOL.key), of which ssh2 knows some. */
const checkCipher = (text: string): void => {
  const blob = Buffer.from(text.replace(/-----.*-----/g, ""), "base64");
  const [cipher = "", kdf = ""] = readStrings(blob.subarray(15)).map((name) => name.toString("latin1"));
  if (!blob.toString("latin1").startsWith("openssh-key-v1") || !/^(none|bcrypt)$/.test(kdf)) throw damaged();
  if (!/^(none|aes(128|192|256)-(ctr|cbc)|aes(128|256)-gcm@openssh\.com)$/.test(cipher))
    throw refused(
      `it is encrypted with ${printable(cipher, 60)}`,
      "Encrypt a copy anew with `ssh-keygen -p -Z aes256-ctr -f copy-of-the-key`, and store that",
    );
};

/** ssh2's own reading of a key that it knows. */
const parsed = (text: string, passphrase?: string): ParsedKey => {
  let result: ParsedKey | Error;
  try {
    const found = ssh2.utils.parseKey(text, passphrase);
    result = Array.isArray(found) ? (found[0] as ParsedKey) : found;
  } catch {
    result = new Error("Malformed");
  }
  if (result instanceof Error) throw unreadable(result.message, passphrase);
  if (!result.isPrivateKey()) throw isPublic();
  return result;
};

const isDsa = () =>
  refused(
    "it is a DSA key, which signs with SHA-1 only and which servers no longer take",
    "Make a new one with `ssh-keygen -t ed25519`, and give its public half to the partner",
  );

const fromObject = (key: KeyObject): ParsedKey => {
  const text = textOf(key);
  if (text !== undefined) return parsed(text);
  if (key.asymmetricKeyType === "dsa") throw isDsa();
  const { namedCurve } = key.asymmetricKeyDetails ?? {};
  throw otherType(namedCurve ?? key.asymmetricKeyType ?? "unknown");
};

const parse = (given: string, passphrase: string | undefined): ParsedKey => {
  const text = keyText(given);
  if (text === undefined) {
    if (/^\s*(ssh-|ecdsa-sha2-|sk-|---- BEGIN SSH2 PUBLIC)|BEGIN( RSA)? PUBLIC KEY/.test(given)) throw isPublic();
    throw refused(
      given.trim() === "" ? "it is empty" : "it isn't a private key",
      "Store the key file as it is, from -----BEGIN to END-----, all its lines",
    );
  }
  if (text.startsWith("PuTTY-")) return fromObject(openPuttyKey(text, passphrase));
  if (countKeys(given) > 1) throw refused("the secret holds several private keys", "Store the one that is meant");
  if (!text.includes("-----END"))
    throw refused(
      "its last line, -----END … PRIVATE KEY-----, is missing: it was cut off",
      "Store the key file as it is, all its lines (a standard parameter of SSM holds 4 KB)",
    );
  if (text.includes("SSH2 ENCRYPTED")) throw refused("it is in Tectia's format", convertWithPuttygen);
  if (text.includes("BEGIN OPENSSH")) {
    checkCipher(text);
    const key = parsed(text, passphrase);
    if (key.type === "ssh-dss") throw isDsa();
    return key;
  }
  return fromObject(openPem(text, passphrase));
};

/** Keys that were opened with a passphrase, by a hash of both: bcrypt in JavaScript costs a quarter of a second of CPU each time. */
const opened = new Map<string, ParsedKey>();
const maxOpened = 32;

/**
 * Reads a private key: OpenSSH, PEM (PKCS#1, SEC 1, PKCS#8) or PuTTY (versions 2 and 3), whatever a secret store has made of
 * its line breaks. Throws a `RemoteError` of kind `authentication` for a wrong or missing passphrase, a public key given by
 * mistake, what can't be read (with the command that converts it), or what is no key at all; never with any of its text.
 */
export const parsePrivateKey = (text: string, passphrase?: string): ParsedKey => {
  if (passphrase === undefined) return parse(text, undefined);
  const id = createHash("sha256")
    .update(JSON.stringify([text, passphrase]))
    .digest("base64");
  const known = opened.get(id);
  if (known !== undefined) return known;
  const key = parse(text, passphrase);
  const [oldest] = opened.keys();
  if (opened.size >= maxOpened && oldest !== undefined) opened.delete(oldest);
  opened.set(id, key);
  return key;
};
