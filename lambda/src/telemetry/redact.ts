import { type Echoes, echoesOf, lookInto } from "./echoes.ts";

/**
 * Keeps secret values out of log lines, whoever puts them there. The first line of defence is that nothing logs one; this is
 * the second, for error messages of libraries and for objects logged whole.
 */

const secretFields =
  /^(pass(word|phrase)|private_?key|secret_?(string|binary|access_?key)|session_?token|plaintext|authorization)$/i;
const privateKeyBlock = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|$)/g;
/** A line of a key, or a part of one. */
const longToken = /[A-Za-z0-9+/=]{24,}/g;

const replacement = "[redacted]";

// Shorter ones stand inside other words everywhere; a password that short is no secret, and its field name still hides it.
const shortest = 4;

const values = new Map<string, Echoes | undefined>();
/** The base64 of private keys, in one piece each, whatever its lines were. */
const keyBodies = new Set<string>();

/** The base64 in the text of a key, whose line breaks may be anything. */
const bodyOf = (key: string): string =>
  [...key.replace(/\\+[rnt]/g, "\n").matchAll(/[A-Za-z0-9+/=]{16,}/g)].map(([run]) => run).join("");

/**
 * Texts that were looked through, and what became of them: a line's are asked for twice, and stream, level and the like with
 * every line. Few and short ones, since only the latest are asked for again.
 */
const looked = new Map<string, string>();
const maxLooked = 64;
const longestLooked = 1_024;

/** From here on the value, in whatever form others repeat it, or any piece of a private key, is written as `[redacted]`. */
export const protect = (secret: string): void => {
  looked.clear();
  const isKey = /PRIVATE KEY|PuTTY-User-Key-File/.test(secret);
  if (isKey) keyBodies.add(bodyOf(secret));
  else if (secret.length >= shortest && !values.has(secret)) values.set(secret, echoesOf(secret, shortest));
};

/** The text with `replaced` for the secret, in whatever form it stands there. Shorter ones than four characters are left: they'd hit by chance. */
export const withoutSecret = (
  text: string,
  secret: string,
  replaced: string,
  echoes = echoesOf(secret, shortest),
  mayHold = lookInto(text),
): string => {
  if (secret.length < shortest) return text;
  const plain = text.replaceAll(secret, replaced);
  return echoes !== undefined && mayHold(echoes.skeleton) ? plain.replace(echoes.pattern, replaced) : plain;
};

/** The text with `[redacted]` for each secret that it has. */
export const withoutSecrets = (text: string): string => {
  const known = looked.get(text);
  if (known !== undefined) return known;
  const result = lookThrough(text);
  if (looked.size >= maxLooked) looked.clear();
  if (text.length <= longestLooked) looked.set(text, result);
  return result;
};

const lookThrough = (text: string): string => {
  let result = text;
  const mayHold = values.size === 0 ? undefined : lookInto(text);
  for (const [value, echoes] of values) result = withoutSecret(result, value, replacement, echoes, mayHold);
  if (result.includes("PRIVATE KEY")) result = result.replace(privateKeyBlock, replacement);
  if (keyBodies.size > 0)
    result = result.replace(longToken, (token) =>
      [...keyBodies].some((body) => body.includes(token)) ? replacement : token,
    );
  return result;
};

const isSerializedBuffer = (value: object): value is { data: readonly number[] } =>
  "type" in value && value.type === "Buffer" && "data" in value && Array.isArray(value.data);

/** A JSON.stringify replacer: secrets become `[redacted]`, and binary data its length. */
export const redact = (key: string, value: unknown): unknown => {
  if (secretFields.test(key) && value !== undefined && value !== null) return replacement;
  if (typeof value === "string") return withoutSecrets(value);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (typeof value === "object" && value !== null && isSerializedBuffer(value)) return `[${value.data.length} bytes]`;
  return value;
};

/** The value as JSON without secrets, of so many characters at most; whatever it is, and however deep. */
export const shown = (value: unknown, most: number): string => {
  try {
    return `${JSON.stringify(value, redact)}`.slice(0, most);
  } catch {
    return "(nested too deeply to be shown)";
  }
};
