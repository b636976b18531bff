import { RotationError } from "./error.ts";

/** The JSON object in a text, which has to have the field. `what` is where the text is kept. */
export const objectIn = (text: string, field: string, what: string): Record<string, unknown> => {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && field in value) return value as Record<string, unknown>;
  } catch {}
  throw new RotationError(`${what} isn't a JSON object with the field "${field}".`);
};

/** The value in a text, or in the field of the JSON object that it is, without a line break at its end. */
export const valueIn = (text: string, field: string | null, what: string): string =>
  String(field === null ? text : objectIn(text, field, what)[field]).replace(/(\r\n?|\n)$/, "");

/** The JSON object in a text, as text, with another value in one field. */
export const withField = (text: string, field: string, what: string, value: string): string =>
  JSON.stringify({ ...objectIn(text, field, what), [field]: value });
