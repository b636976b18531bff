/** A secret in the forms in which others repeat it: servers, libraries, log lines that were made of their words. */

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
const hex = (code: number, digits = 2): string => code.toString(16).padStart(digits, "0");

const named: Readonly<Record<string, string>> = { "&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos" };

/** Blanks and control characters, as they are and encoded: they are collapsed, encoded or dropped on the way. */
const blank =
  "[\\s\\u0000-\\u001f\\u007f-\\u00a0\\u00ad\\u200b-\\u200d\\ufeff]|%(?:25)?(?:20|0[9ad]|a0)|\\\\{1,4}[nrt]|\\\\x(?:20|0[9ad])|\\\\u00(?:20|0[9ad]|a0)|&nbsp;|&#(?:32|9|1[03]|x20|x[9ad]);";
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it is about
const isBlank = /[\s\u0000-\u001f\u007f-\u00a0]/;

/** One character: as it is, behind a backslash, and as URLs, HTML, JSON and mail encode it; a question mark for what isn't ASCII. */
const formsOf = (character: string): string => {
  const code = character.codePointAt(0) ?? 0;
  const bytes = [...Buffer.from(character)];
  const forms = [
    bytes.map((byte) => `%(?:25)?${hex(byte)}`).join(""),
    bytes.map((byte) => `(?:=|\\\\x)${hex(byte)}`).join(""),
    `&#(?:0*${code}|x0*${hex(code)});`,
    ...(code > 0xffff ? [] : [`\\\\{1,4}u${hex(code, 4)}`]),
    ...(named[character] === undefined ? [] : [`&${named[character]};`]),
  ];
  if (code > 0x7f) {
    forms.push(escaped(character.normalize("NFD")));
    // UTF-8 that was taken for Latin-1, and Latin-1 in hexadecimal.
    forms.push(escaped(Buffer.from(character).toString("latin1")), "[?\\ufffd]{1,4}");
    if (code <= 0xff) forms.push(`(?:%|=|\\\\x)${hex(code)}`);
  }
  // Last: a backslash that encodes would pass for one that is meant.
  forms.push(`\\\\{0,4}${escaped(character)}`);
  return `(?:${forms.join("|")})`;
};

/** Longer secrets are looked for by their beginning and as they are. Characters. */
const longest = 128;

/** Characters that stand for others: only then can a secret be there whose own letters aren't. */
const encodings = /%[0-9a-f]{2}|&#?\w+;|\\[nrtux]|=[0-9a-f]{2}|[\u0300-\u036f]/i;

/** Letters and digits alone: quick to compare, and the same whatever became of blanks and signs. */
const skeleton = (text: string): string => text.replace(/[^a-z0-9]+/gi, "").toLowerCase();

/** A text to look for secrets in: its skeleton, where that tells enough. */
export const lookInto = (text: string): ((secretSkeleton: string) => boolean) => {
  if (encodings.test(text)) return () => true;
  const letters = skeleton(text);
  return (secretSkeleton) => letters.includes(secretSkeleton);
};

export interface Echoes {
  readonly skeleton: string;
  readonly pattern: RegExp;
}

/**
 * Finds the secret in a text, whatever became of its blanks (collapsed, encoded, gone), with line breaks, quotes or commas put
 * into it, and each character in any of its usual encodings. Not in base64 of it, and not half of it. Undefined for what is so short
 * without its blanks that it would be found everywhere: `shortest` characters at least.
 */
export const echoesOf = (secret: string, shortest: number): Echoes | undefined => {
  const all = [...secret.normalize("NFC")];
  const characters = all.filter((one) => !isBlank.test(one));
  if (characters.length < shortest) return undefined;
  // What is part of the secret can't be between its parts.
  const between = ['"', "'", "`", ","].filter((one) => !all.includes(one)).map(escaped);
  const gap = `(?:${[blank, ...between].join("|")}){0,12}`;
  // Forms write a blank as a plus sign.
  const gapOfBlank = `(?:${[blank, ...between, "\\+"].join("|")}){0,12}`;
  const source: string[] = [];
  let sawBlank = false;
  for (const one of all.slice(0, longest)) {
    if (isBlank.test(one)) {
      sawBlank = true;
      continue;
    }
    if (source.length > 0) source.push(sawBlank ? gapOfBlank : gap);
    source.push(formsOf(one));
    sawBlank = false;
  }
  try {
    return { skeleton: skeleton(secret.slice(0, longest)), pattern: new RegExp(source.join(""), "giu") };
  } catch {
    // Its message would have the secret in it.
    return undefined;
  }
};
