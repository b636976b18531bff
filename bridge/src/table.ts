/** Plain text for people: columns, and colours where there is a terminal. */
import { stripVTControlCharacters, styleText } from "node:util";
import * as figures from "../../lambda/src/widget/text.ts";

export type Colour = "green" | "red" | "yellow" | "dim" | "bold";
export type Paint = (colour: Colour, text: string) => string;

export const painter =
  (colours: boolean): Paint =>
  (colour, text) =>
    colours ? styleText(colour, text, { validateStream: false }) : text;

/** What a terminal obeys, and what makes it show text in another order than it is in. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
const obeyed = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Names come from partners: nothing that a terminal would obey may reach it. */
export const safe = (text: string): string => stripVTControlCharacters(text).replace(obeyed, "?");

/** A message of several lines, each safe; those after the first are indented, so that none can pass for another message. */
export const safeLines = (text: string): string => text.split(/\r?\n/).map(safe).join("\n  ");

/** JSON of the same value in which nothing is left that a terminal would obey: `JSON.stringify` escapes what is below a blank only. */
export const safeJson = (value: unknown): string =>
  JSON.stringify(value, undefined, 2).replace(obeyed, (one) =>
    one === "\n" ? one : `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

const width = (text: string): number => [...stripVTControlCharacters(text)].length;

/** Columns as wide as what is in them; the last one runs on. Empty without rows. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[], paint: Paint): string => {
  if (rows.length === 0) return "";
  const widths = head.map((title, column) => Math.max(width(title), ...rows.map((row) => width(row[column] ?? ""))));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) =>
        column === cells.length - 1 ? cell : cell + " ".repeat(Math.max(0, (widths[column] ?? 0) - width(cell))),
      )
      .join("  ")
      .trimEnd();
  return [paint("dim", line(head)), ...rows.map(line)].join("\n");
};

export const bytes = (count: unknown): string => (typeof count === "number" ? figures.bytes(count) : "-");

/** `3 d 4 h`, `5 min`, `12 s`. */
export const duration = (seconds: unknown): string => (typeof seconds === "number" ? figures.age(seconds) : "-");
