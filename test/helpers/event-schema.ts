/** Holds events to schemas/event.json, as far as that schema goes: types, required and further properties, enums, patterns, limits. */
import { readFileSync } from "node:fs";

interface Schema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maxLength?: number;
  readonly required?: readonly string[];
  readonly oneOf?: readonly { readonly required: readonly string[] }[];
  readonly additionalProperties?: boolean;
  readonly properties?: Readonly<Record<string, Schema>>;
}

const schema = JSON.parse(readFileSync(new URL("../../schemas/event.json", import.meta.url), "utf8")) as Schema;

const typeOf = (value: unknown): string =>
  typeof value === "number" && Number.isInteger(value) ? "integer" : value === null ? "null" : typeof value;

const faultsOf = (value: unknown, one: Schema, at: string): string[] => {
  const faults: string[] = [];
  if (one.type !== undefined && one.type !== typeOf(value)) return [`${at} is no ${one.type}`];
  if (one.enum && !one.enum.includes(value)) faults.push(`${at} is ${String(value)}`);
  if (one.pattern !== undefined && !new RegExp(one.pattern).test(String(value)))
    faults.push(`${at} is ${String(value)}`);
  if (one.minimum !== undefined && Number(value) < one.minimum) faults.push(`${at} is below ${one.minimum}`);
  if (one.maxLength !== undefined && String(value).length > one.maxLength) faults.push(`${at} is too long`);
  if (one.type !== "object") return faults;
  const fields = value as Record<string, unknown>;
  for (const name of one.required ?? []) if (fields[name] === undefined) faults.push(`${at}.${name} is missing`);
  if (one.oneOf?.filter(({ required }) => required.every((name) => fields[name] !== undefined)).length === 0)
    faults.push(`${at} is none of those that it may be`);
  for (const [name, field] of Object.entries(fields)) {
    const known = one.properties?.[name];
    if (known) faults.push(...faultsOf(field, known, `${at}.${name}`));
    else if (one.additionalProperties === false) faults.push(`${at}.${name} isn't in the schema`);
  }
  return faults;
};

/** What an event, as receivers get it, has that the schema doesn't allow, or lacks. */
export const schemaFaults = (event: object): string[] => faultsOf(JSON.parse(JSON.stringify(event)), schema, "event");
