/** JSON as people write it by hand: with the place of each mistake, and with the duplicate keys that JSON.parse hides. */
import { findNodeAtLocation, type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export interface Document {
  readonly value: Json;
  /** `line 3, column 7` of what is at this path, or of the nearest that there is above it. */
  readonly placeOf: (path: readonly (string | number)[]) => string;
}

/** The input can't be migrated. Each message says where and what to do; none holds a value of the input. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly reasons: readonly string[];

  constructor(reasons: readonly string[]) {
    super(reasons.join("\n"));
    this.reasons = reasons;
  }
}

const placeIn = (text: string, offset: number): string => {
  const before = text.slice(0, offset).split("\n");
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
};

const words: Readonly<Record<string, string>> = {
  CloseBraceExpected: "a } is missing",
  CloseBracketExpected: "a ] is missing",
  ColonExpected: "a colon is missing",
  CommaExpected: "a comma is missing",
  EndOfFileExpected: "something follows after the end",
  InvalidCharacter: "a character that can't be in a text",
  InvalidCommentToken: "JSON has no comments",
  InvalidEscapeCharacter: "a backslash that escapes nothing",
  InvalidNumberFormat: "not a number",
  InvalidSymbol: "neither a text in quotes, a number, true, false nor null",
  InvalidUnicode: "\\u without four hex digits",
  PropertyNameExpected: "the name of a field, in double quotes, is missing",
  UnexpectedEndOfComment: "JSON has no comments",
  UnexpectedEndOfNumber: "a number that breaks off",
  UnexpectedEndOfString: "a text without its closing quote",
  ValueExpected: "a value is missing",
};

const duplicates = (node: Node, text: string, path = ""): readonly string[] => {
  const seen = new Map<string, number>();
  return (node.children ?? []).flatMap((child) => {
    const [key, value] = child.type === "property" ? (child.children ?? []) : [undefined, child];
    if (key === undefined) return value === undefined ? [] : duplicates(value, text, path);
    const name = String(key.value);
    const first = seen.get(name);
    seen.set(name, first ?? key.offset);
    const below = value === undefined ? [] : duplicates(value, text, `${path}${name}.`);
    if (first === undefined) return below;
    return [
      `${placeIn(text, key.offset)}: ${JSON.stringify(path + name)} is there twice (first in ${placeIn(text, first)}). The original took the last one without a word; keep one.`,
      ...below,
    ];
  });
};

/** Objects without a prototype, so that a key such as `__proto__` is one like any other. */
const toValue = (node: Node): Json => {
  if (node.type === "array") return (node.children ?? []).map(toValue);
  if (node.type !== "object") return node.value as Json;
  const object: Record<string, Json> = Object.create(null);
  for (const { children } of node.children ?? []) {
    const [key, value] = children ?? [];
    if (key !== undefined && value !== undefined) object[String(key.value)] = toValue(value);
  }
  return object;
};

/** Reads RFC 8259 JSON. Throws a Refusal with the line and column of the first error, or of all duplicate keys. */
export const readJson = (given: string, name: string): Document => {
  const text = given.replace(/^\uFEFF/, "");
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false });
  const [first] = errors;
  if (first !== undefined || root === undefined) {
    const code = printParseErrorCode(first?.error ?? 4);
    throw new Refusal([
      `${name}, ${placeIn(text, first?.offset ?? 0)}: not JSON: ${words[code] ?? code}. Correct the file, e.g. with \`jq . FILE\`.`,
    ]);
  }
  const twice = duplicates(root, text);
  if (twice.length > 0) throw new Refusal(twice.map((reason) => `${name}, ${reason}`));
  return {
    value: toValue(root),
    placeOf: (path) => {
      for (let length = path.length; length >= 0; length--) {
        const node = findNodeAtLocation(root, path.slice(0, length));
        // Of a field, its name: that is what one looks for.
        if (node !== undefined)
          return placeIn(text, node.parent?.type === "property" ? node.parent.offset : node.offset);
      }
      return placeIn(text, 0);
    },
  };
};
