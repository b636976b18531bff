/**
 * Writes as statements of PartiQL. Their text depends on the names of the attributes alone, and entries have a dozen sets of
 * these: made anew each time it was a fifth of all that a pull of small files leaves to V8's collector.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html
 */
import type { AttributeValue, BatchStatementRequest } from "@aws-sdk/client-dynamodb";
import { attributeOf } from "./attributes.ts";
import type { Expectation, Item } from "./table.ts";

/** Texts that are kept; more only where somebody else writes items. */
const mostTexts = 256;

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

/** Makes statements that write whole items: what is undefined in one is taken out. */
export const statementsOf = (table: string): ((item: Item, expect: Expectation) => BatchStatementRequest) => {
  const texts = new Map<string, string>();

  const known = (shape: string, item: Item, conditions?: readonly string[]): string => {
    const text = texts.get(shape);
    if (text !== undefined) return text;
    if (texts.size >= mostTexts) texts.clear();
    const all = Object.keys(item).filter((name) => conditions === undefined || (name !== "pk" && name !== "sk"));
    const [names, gone] = [
      all.filter((name) => item[name] !== undefined),
      all.filter((name) => item[name] === undefined),
    ];
    const made = textOf(table, names, gone, conditions);
    texts.set(shape, made);
    return made;
  };

  return (item, expect) => {
    const isNew = expect === "absent";
    const Parameters: AttributeValue[] = [];
    // One text for one set of names, whatever characters they have: a length tells where each ends.
    let shape = isNew ? "+" : "=";
    for (const name in item) {
      const value = item[name];
      if (value === undefined) shape += `-${name.length}:${name}`;
      else {
        shape += `+${name.length}:${name}`;
        if (isNew || (name !== "pk" && name !== "sk")) Parameters.push(attributeOf(value));
      }
    }
    if (isNew) return { Statement: known(shape, item), Parameters };
    const conditions = Object.keys(expect);
    Parameters.push({ S: item.pk }, { S: item.sk });
    for (const name of conditions) {
      shape += `?${name.length}:${name}`;
      Parameters.push(attributeOf(expect[name] ?? null));
    }
    return {
      Statement: known(shape, item, conditions),
      Parameters,
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    };
  };
};
