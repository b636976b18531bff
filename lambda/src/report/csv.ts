/** Rows as CSV (RFC 4180), of names that partners give: no name can begin a row of its own, nor be a formula in a spreadsheet. */

/** What ends a line somewhere, is obeyed by a terminal, or shows text in another order than it is in. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is written otherwise
const hidden = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
/** What a spreadsheet takes for a formula, also in its wide forms and behind blanks; and the mark that is put before it. */
const formula = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20']/u;

const code = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

/**
 * One field. Numbers stand as they are. In texts a backslash is doubled and what is hidden is written as `\u000a`; one that a
 * spreadsheet would run has an apostrophe before it, and so has one that begins with an apostrophe.
 */
export const field = (value: string | number | null | undefined): string => {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  const shown = value.replaceAll("\\", "\\\\").replace(hidden, code);
  const plain = formula.test(shown) ? `'${shown}` : shown;
  return /[",\s;]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
};

export const line = (values: readonly (string | number | null | undefined)[]): string =>
  `${values.map(field).join(",")}\r\n`;
