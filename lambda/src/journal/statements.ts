/**
 * Writes as statements of PartiQL. Their text depends on the names of the attributes alone, and entries have a dozen sets of
 * these: made anew each time it was a fifth of all that a pull of small files leaves to V8's collector.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html
 */
import type { AttributeValue, BatchStatementRequest } from "@aws-sdk/client-dynamodb";
import { attributeOf } from "./attributes.ts";
import type { Expectation, Item } from "./table.ts";

/** What decides about a text, and the text. */
interface Shape {
  readonly names: readonly string[];
  /** Of these names, whether there is no value. */
  readonly gone: readonly boolean[];
  /** Undefined of a new item. */
  readonly conditions: readonly string[] | undefined;
  readonly text: string;
}

/** Shapes that are kept; more only where somebody else writes items. */
const mostShapes = 64;

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** `names` by whether they have a value; the key isn't among them in an update. */
const textOf = (table: string, names: readonly string[], gone: readonly string[], conditions?: readonly string[]) => {
  if (conditions === undefined) {
    const entries = names.map((name) => `'${name.replaceAll("'", "''")}':?`);
    return `INSERT INTO ${quoted(table)} VALUE {${entries.join(",")}}`;
  }
  const changes = [
    ...names.map((name) => `SET ${quoted(name)}=?`),
    ...gone.map((name) => `REMOVE ${quoted(name)}`),
  ].join(" ");
  const where = ["pk", "sk", ...conditions].map((name) => `${quoted(name)}=?`).join(" AND ");
  return `UPDATE ${quoted(table)} ${changes} WHERE ${where}`;
};

const same = (some: readonly string[], others: readonly string[]): boolean => {
  if (some.length !== others.length) return false;
  for (let at = 0; at < some.length; at++) if (some[at] !== others[at]) return false;
  return true;
};

/** Whether a shape is that of this write. Compared name by name, without a text that names them all: making that costs more. */
const fits = (
  shape: Shape,
  item: Item,
  names: readonly string[],
  conditions: readonly string[] | undefined,
): boolean => {
  if (conditions === undefined || shape.conditions === undefined) {
    if (conditions !== shape.conditions) return false;
  } else if (!same(conditions, shape.conditions)) return false;
  if (!same(names, shape.names)) return false;
  for (let at = 0; at < names.length; at++)
    if ((item[names[at] as string] === undefined) !== shape.gone[at]) return false;
  return true;
};

/**
 * The attributes in which an item differs from what it was made of. Lists and objects are compared by themselves: what changes in one is a new
 * one, and what doesn't is taken over.
 */
export const changedNames = (item: Item, base: Item): string[] => {
  const names: string[] = [];
  for (const name of Object.keys(item)) if (item[name] !== base[name]) names.push(name);
  return names;
};

/** Makes statements that write whole items, or what of them differs from what is there: what is undefined in one is taken out. */
export const statementsOf = (
  table: string,
): ((item: Item, expect: Expectation, base?: Item) => BatchStatementRequest) => {
  const shapes: Shape[] = [];

  const known = (item: Item, names: readonly string[], conditions: readonly string[] | undefined): string => {
    for (const shape of shapes) if (fits(shape, item, names, conditions)) return shape.text;
    const written = names.filter((name) => conditions === undefined || (name !== "pk" && name !== "sk"));
    const set = written.filter((name) => item[name] !== undefined);
    const gone = written.filter((name) => item[name] === undefined);
    const text = textOf(table, set, gone, conditions);
    if (shapes.length >= mostShapes) shapes.length = 0;
    shapes.push({ names, gone: names.map((name) => item[name] === undefined), conditions, text });
    return text;
  };

  return (item, expect, base) => {
    const isNew = expect === "absent";
    const names = isNew || base === undefined ? Object.keys(item) : changedNames(item, base);
    const Parameters: AttributeValue[] = [];
    for (const name of names) {
      const value = item[name];
      if (value !== undefined && (isNew || (name !== "pk" && name !== "sk"))) Parameters.push(attributeOf(value));
    }
    if (isNew) return { Statement: known(item, names, undefined), Parameters };
    const conditions = Object.keys(expect);
    Parameters.push({ S: item.pk }, { S: item.sk });
    for (const name of conditions) Parameters.push(attributeOf(expect[name] ?? null));
    return {
      Statement: known(item, names, conditions),
      Parameters,
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    };
  };
};
