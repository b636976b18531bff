import { RotationError } from "./error.ts";

/** The JSON object in a text, which has to have the field. `what` is where the text is kept. */
export const objectIn = (text: string, field: string, what: string): Record<string, unknown> => {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && field in value) return value as Record<string, unknown>;
  } catch {}
  throw new RotationError(`${what} isn't a JSON object with the field "${field}".`);
};
