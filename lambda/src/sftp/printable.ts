/** A server's own words, fit for an error message or a log line: one line, no control characters, not too long. */
export const printable = (text: string, longest = 200): string => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what has to go
  const line = text.replace(/[\s\u0000-\u001f\u007f-\u009f]+/g, " ").trim();
  return line.length > longest ? `${line.slice(0, longest)}…` : line;
};

/** The text without the secrets, should a server repeat them. Shorter ones than four characters are left: they'd hit by chance. */
export const without = (text: string, secrets: readonly (string | undefined)[]): string =>
  secrets.reduce<string>(
    (rest, secret) => (secret !== undefined && secret.length >= 4 ? rest.replaceAll(secret, "***") : rest),
    text,
  );
