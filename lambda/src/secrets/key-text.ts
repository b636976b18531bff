/** Characters that are there and not seen: byte order mark, joiners, and the zeros of UTF-16 that was taken for UTF-8. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what has to go
const invisible = /[\u0000\u200b-\u200d\u2060\ufeff]/g;
/** Hyphens, and what office programs make of them. */
const dashes = "[-\\u2010-\\u2015\\u2212]+";
const begin = new RegExp(`${dashes}\\s*BEGIN([A-Z0-9\\s]*?)PRIVATE\\s*KEY\\s*${dashes}`);
const end = new RegExp(`${dashes}\\s*END[A-Z0-9\\s]*?PRIVATE\\s*KEY\\s*${dashes}`);
const putty = /PuTTY-User-Key-File-/;

/** Out of quotes, as often as it was put into them. */
const unquoted = (text: string): string => {
  let value = text.trim();
  for (let times = 0; times < 3; times += 1) {
    const inner = /^(["'`])([\s\S]*)\1[,;]?$/.exec(value)?.[2];
    if (inner === undefined) break;
    value = inner.trim();
  }
  return value;
};

/** Line breaks that were written as something else: `\n`, `\\r\\n`, `%0A`, `&#10;`, carriage returns. */
const withLineBreaks = (text: string): string =>
  text
    .replace(/%([0-9a-f]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .replace(/&#(?:x0*[ad]|0*1[03]);|<br ?\/?>|`[rn]|\\+r\\+n|\\+(?:u000[ad]|[rn])/gi, "\n")
    .replace(/\\+t/g, " ")
    .replace(/\r\n?/g, "\n");

/** What a traditional PEM file says of its encryption (RFC 1421), without blanks: its last value has a known length, and runs into the body. */
const encryption = /Proc-Type:4,ENCRYPTED,*DEK-Info:([A-Z0-9-]+),/;

const pem = (text: string): string | undefined => {
  const opening = begin.exec(text);
  if (opening === null) return undefined;
  const label = `${(opening[1] ?? "").replace(/\s+/g, " ").trim()} PRIVATE KEY`.trim();
  const rest = text.slice(opening.index + opening[0].length);
  const closing = end.exec(rest);
  let body = (closing === null ? rest : rest.slice(0, closing.index)).replace(/[\s"'`[\]>|\\]+/g, "");
  let head = "";
  const encrypted = encryption.exec(body);
  if (encrypted !== null) {
    const from = encrypted.index + encrypted[0].length;
    const length = encrypted[1]?.startsWith("AES") ? 32 : 16;
    head = `Proc-Type: 4,ENCRYPTED\nDEK-Info: ${encrypted[1]},${body.slice(from, from + length)}\n\n`;
    body = body.slice(from + length);
  }
  const lines = body.replaceAll(",", "").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${head}${lines.join("\n")}\n${closing === null ? "" : `-----END ${label}-----\n`}`;
};

/**
 * A private key's text as its program wrote it, out of what secret stores, shells, mail and office programs make of it: other
 * line breaks or none, quotes, indentation, base64 around it, text before and behind. Undefined for what holds no private key.
 * A key that was cut off comes without its END line, or without its `Private-MAC`.
 */
export const keyText = (given: string): string | undefined => {
  const text = unquoted(given.replace(invisible, ""));
  const found = putty.exec(text);
  if (found !== null) {
    const file = text.slice(found.index).trim();
    // Its comment counts, and may hold a backslash: only what has no line breaks has them written in another way.
    return /[\r\n]/.test(file) ? file.replace(/\r\n?/g, "\n") : withLineBreaks(file);
  }
  const key = pem(withLineBreaks(text));
  if (key !== undefined || !/^[A-Za-z0-9+/\s]{40,}={0,2}\s*$/.test(text)) return key;
  const inside = Buffer.from(text, "base64").toString("latin1");
  return begin.test(inside) || putty.test(inside) ? keyText(inside) : undefined;
};

/** How many private keys a text holds. */
export const countKeys = (given: string): number => [...given.matchAll(new RegExp(begin, "g"))].length;
