import { createHash, createPrivateKey } from "node:crypto";
import type { ParsedKey } from "ssh2";
import ssh2 from "ssh2";
import { RemoteError } from "../errors.ts";
import { printable } from "../printable.ts";

const refused = (reason: string, remedy: string) =>
  new RemoteError("authentication", `The private key can't be used: ${reason}. ${remedy}.`);

/** Undoes what secret stores and shells do to the line breaks of a key. */
const withLineBreaks = (text: string): string => {
  const plain = text.trim().replaceAll("\\n", "\n").replaceAll("\r\n", "\n");
  const [, begin, body, end] = /^(-----BEGIN [^-]+-----) +([A-Za-z0-9+/= ]+) +(-----END [^-]+-----)$/.exec(plain) ?? [];
  return begin === undefined ? plain : `${begin}\n${(body ?? "").replaceAll(" ", "\n")}\n${end}`;
};

/** PKCS#8, which ssh2 doesn't read, as the older form that it does. */
const fromPkcs8 = (text: string, passphrase: string | undefined): string => {
  if (text.includes("BEGIN ENCRYPTED") && passphrase === undefined)
    throw refused("it is encrypted and there is no passphrase", "Name the passphrase's secret in `passphrase`");
  let key: ReturnType<typeof createPrivateKey>;
  try {
    key = createPrivateKey({ key: text, format: "pem", ...(passphrase === undefined ? {} : { passphrase }) });
  } catch {
    throw passphrase === undefined || !text.includes("BEGIN ENCRYPTED")
      ? refused("it is damaged", "Store the key file as it is, all its lines")
      : refused("the passphrase is wrong, or the key is damaged", "Check the secret that `passphrase` names");
  }
  if (key.asymmetricKeyType === "rsa") return key.export({ type: "pkcs1", format: "pem" }).toString();
  if (key.asymmetricKeyType === "ec") return key.export({ type: "sec1", format: "pem" }).toString();
  throw refused(
    `it is a PKCS#8 key of type ${key.asymmetricKeyType ?? "unknown"}`,
    "Convert a copy to OpenSSH's own format and store that: `ssh-keygen -p -f copy-of-the-key`",
  );
};

const parse = (text: string, passphrase: string | undefined): ParsedKey => {
  const pem = withLineBreaks(text);
  if (/^(ssh-|ecdsa-sha2-|---- BEGIN SSH2 PUBLIC)|BEGIN( RSA)? PUBLIC KEY/.test(pem))
    throw refused(
      "it is a public key",
      "Store the private one (the file without .pub); the partner gets the public one",
    );
  const readable = /BEGIN (ENCRYPTED )?PRIVATE KEY/.test(pem) ? fromPkcs8(pem, passphrase) : pem;
  let parsed: ParsedKey | Error;
  try {
    parsed = ssh2.utils.parseKey(readable, passphrase);
  } catch {
    parsed = new Error("Malformed");
  }
  const key = Array.isArray(parsed) ? (parsed[0] as ParsedKey) : parsed;
  if (!(key instanceof Error)) {
    if (key.isPrivateKey()) return key;
    throw refused(
      "it is a public key",
      "Store the private one (the file without .pub); the partner gets the public one",
    );
  }
  if (/no passphrase given/i.test(key.message))
    throw refused("it is encrypted and there is no passphrase", "Name the passphrase's secret in `passphrase`");
  if (/passphrase|integrity/i.test(key.message))
    throw passphrase === undefined
      ? refused("it is damaged", "Store the key file as it is, all its lines")
      : refused("the passphrase is wrong, or the key is damaged", "Check the secret that `passphrase` names");
  if (/unsupported.*type/i.test(key.message))
    throw refused(printable(key.message), "Use a key of type ed25519, ecdsa or rsa");
  throw refused(
    pem === "" ? "it is empty" : pem.includes("PRIVATE KEY") ? "it is damaged" : "it isn't a private key",
    "Store the key file as it is, from -----BEGIN to END-----, all its lines",
  );
};

/** Keys that were opened with a passphrase, by a hash of both: bcrypt in JavaScript costs a quarter of a second of CPU each time. */
const opened = new Map<string, ParsedKey>();
const maxOpened = 32;

/**
 * Reads a private key: OpenSSH, PEM (PKCS#1, SEC 1, PKCS#8) or PuTTY. Throws a `RemoteError` of kind `authentication` for
 * a wrong or missing passphrase, a public key given by mistake, or what is no key at all; never with any of its text.
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
