/**
 * Keeps secret values out of log lines, whoever puts them there. The first line of defence is that nothing logs one; this is
 * the second, for error messages of libraries and for objects logged whole.
 */

const secretFields =
  /^(pass(word|phrase)|private_?key|secret_?(string|binary|access_?key)|session_?token|plaintext|authorization)$/i;
const privateKeyBlock = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|$)/g;
const longToken = /[A-Za-z0-9+/=]{32,}/g;

const replacement = "[redacted]";

// Shorter ones stand inside other words everywhere; a password that short is no secret, and its field name still hides it.
const shortest = 4;

const values = new Set<string>();
const keyLines = new Set<string>();

/** From here on the value, or any whole line of a private key, is written as `[redacted]`. */
export const protect = (secret: string): void => {
  const lines = secret.split(/\r?\n/).map((line) => line.trim());
  if (lines.length > 1 && secret.includes("PRIVATE KEY")) {
    for (const line of lines) if (!line.startsWith("-----") && line.length >= 32) keyLines.add(line);
  } else {
    for (const value of [secret, secret.trim()]) if (value.length >= shortest) values.add(value);
  }
};

/** The text with `[redacted]` for each secret that it has. */
export const withoutSecrets = (text: string): string => {
  let result = text;
  for (const value of values) result = result.replaceAll(value, replacement);
  if (result.includes("PRIVATE KEY")) result = result.replace(privateKeyBlock, replacement);
  if (keyLines.size > 0) result = result.replace(longToken, (token) => (keyLines.has(token) ? replacement : token));
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
