/**
 * Items as DynamoDB's attributes. Written by ourselves, since the SDK's `marshall` takes 4 % of the CPU of a pull of small files
 * (it tells apart sets, classes and numbers as text, which the journal has none of) and this a quarter of that; read by the SDK,
 * which knows whatever others may have written. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
 */
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import type { Item, Value } from "./table.ts";

export type Attributes = Record<string, AttributeValue>;

const fieldsOf = (value: Readonly<Record<string, Value>>): Attributes => {
  const result: Attributes = {};
  for (const name of Object.keys(value)) {
    const field = value[name];
    if (field !== undefined) result[name] = attributeOf(field);
  }
  return result;
};

/** One value. Throws as `plain` does. */
export const attributeOf = (value: Exclude<Value, undefined>): AttributeValue => {
  if (typeof value === "string") return { S: value };
  if (typeof value === "number") {
    // Beyond these a number is no longer the one that was meant.
    if (!Number.isFinite(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER)
      throw new RangeError(`the journal can't hold the number ${value}`);
    return { N: String(value) };
  }
  if (typeof value === "boolean") return { BOOL: value };
  if (value === null) return { NULL: true };
  if (isList(value)) return { L: value.filter((one) => one !== undefined).map((one) => attributeOf(one)) };
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null)
    throw new TypeError("the journal holds texts, numbers, lists and plain objects alone");
  return { M: fieldsOf(value) };
};

const isList = (value: Value): value is readonly Value[] => Array.isArray(value);

/** Undefined values are left out, at all depths. Throws RangeError for NaN, infinity and beyond 2^53, TypeError for what is no plain value. */
export const plain = (value: Readonly<Record<string, Value>>): Attributes => fieldsOf(value);

/** An item as it was read, whoever wrote it. */
export const itemOf = (attributes: Attributes): Item => unmarshall(attributes) as Item;
