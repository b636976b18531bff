import { withoutSecret, withoutSecrets } from "../telemetry/redact.ts";

/** A server's own words, fit for an error message or a log line: one line, no control characters, not too long. */
export const printable = (text: string, longest = 200): string => {
  // Secrets go first: of one that is cut, or whose blanks are collapsed, a part would stay.
  const clean = withoutSecrets(text);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what has to go
  const line = clean.replace(/[\s\u0000-\u001f\u007f-\u009f]+/g, " ").trim();
  return line.length > longest ? `${line.slice(0, longest)}…` : line;
};

/** The text without the secrets, should a server repeat them. */
export const without = (text: string, secrets: readonly (string | undefined)[]): string =>
  secrets.reduce<string>((rest, secret) => (secret === undefined ? rest : withoutSecret(rest, secret, "***")), text);
