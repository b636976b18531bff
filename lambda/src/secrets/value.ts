import type { SecretSource } from "../config/types.ts";
import { UnusableSecret } from "./failure.ts";
import { keyText } from "./key-text.ts";

/** JSON whose strings have line breaks as they are, which it doesn't allow: a key that was pasted between two quotes. */
const withEscapedBreaks = (text: string): string =>
  text.replace(/"(?:[^"\\]|\\.)*"/gs, (string) => string.replace(/\r\n?|\n/g, "\\n").replaceAll("\t", "\\t"));

const asObject = (given: string): Readonly<Record<string, unknown>> | undefined => {
  // A byte order mark counts as a blank here, and as an error for JSON.parse.
  const text = given.trim();
  if (!text.startsWith("{")) return undefined;
  for (const json of [text, withEscapedBreaks(text)])
    try {
      return JSON.parse(json) as Readonly<Record<string, unknown>>;
    } catch {}
  return undefined;
};

const fieldsOf = (object: Readonly<Record<string, unknown>>): string => {
  const names = Object.keys(object);
  return names.length === 0 ? "it has no fields" : `its fields are ${names.map((name) => `"${name}"`).join(", ")}`;
};

/** The field of a JSON object that `json_key` names. */
const select = (text: string, jsonKey: string): string => {
  const object = asObject(text);
  if (object === undefined)
    throw new UnusableSecret("isn't a JSON object", `Remove json_key = "${jsonKey}", or store {"${jsonKey}": "…"}`);
  if (!Object.hasOwn(object, jsonKey))
    throw new UnusableSecret(`has no field "${jsonKey}"; ${fieldsOf(object)}`, "Correct json_key");
  const value = object[jsonKey];
  if (typeof value !== "string")
    throw new UnusableSecret(`has a field "${jsonKey}" that isn't a string`, "Put its value in quotes");
  return value;
};

/** The object as text, with another value in a field that it has. */
export const withField = (text: string, jsonKey: string, value: string): string => {
  select(text, jsonKey);
  return JSON.stringify({ ...asObject(text), [jsonKey]: value });
};

/** The value, or the field of it that `json_key` names. */
export const selected = (text: string, source: SecretSource): string => {
  if (source.jsonKey !== undefined) return select(text, source.jsonKey);
  const object = asObject(text);
  if (object !== undefined)
    throw new UnusableSecret(`is a JSON object; ${fieldsOf(object)}`, "Say with json_key which field to use");
  return text;
};

/**
 * A password or passphrase. One line break at its end is taken off, for the sake of editors and of `echo`, and a byte order
 * mark at its start; a password that has them can't be given, and no server would take it.
 */
export const passwordFrom = (text: string, source: SecretSource): string => {
  const value = selected(text, source)
    .replace(/^\ufeff/, "")
    .replace(/(\r\n?|\n)$/, "");
  if (value === "") throw new UnusableSecret("is empty", "Store the value");
  if (keyText(value) !== undefined)
    throw new UnusableSecret("is a private key", "Name it in sftp.private_key, or store the password here");
  if (/[\r\n]/.test(value)) throw new UnusableSecret("has several lines", "Store the value alone");
  return value;
};

/** A certificate's line, as it is: whether it can be used is seen at the log-in. */
export const certificateFrom = (text: string, source: SecretSource): string => {
  const value = selected(text, source);
  if (keyText(value) !== undefined)
    throw new UnusableSecret("is a private key", "Name it in sftp.private_key, and its certificate here");
  if (value.trim() === "") throw new UnusableSecret("is empty", "Store the certificate");
  return value;
};

/** A private key's text, in whichever format and state; whether it can be parsed is seen at the log-in. */
export const privateKeyFrom = (text: string, source: SecretSource): string => {
  const value = selected(text, source);
  if (value.trim() === "") throw new UnusableSecret("is empty", "Store the private key");
  if (keyText(value) !== undefined) return value;
  if (/^(ssh-|ecdsa-|sk-|---- BEGIN SSH2 PUBLIC)|BEGIN (RSA )?PUBLIC KEY/.test(value.trimStart()))
    throw new UnusableSecret("is a public key", "Store the private one, the file without .pub");
  throw new UnusableSecret(
    "isn't a private key: it has no line -----BEGIN … PRIVATE KEY-----",
    "Store the key file as it is; if it is a password, name it in sftp.password",
  );
};
