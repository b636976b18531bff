/** What the function answers, in one part or in several. */
import type { Answer, OperatorAction } from "../../lambda/src/operator/actions.ts";

/** Two parts of one answer as one: lists follow each other, counts add up, whether all passed is what both say. */
export const join = <T extends { readonly next?: string }>(first: T | undefined, second: T): T => {
  if (first === undefined) return second;
  const { next: _, ...before } = first;
  return joinFields<object>(before, second) as T;
};

/** Both have the same fields, each of the same type in both; so has what is returned. */
const joinFields = <T extends object>(first: T, second: T): T => {
  const joined: Record<string, unknown> = Object.fromEntries([...Object.entries(first), ...Object.entries(second)]);
  const others = new Map<string, unknown>(Object.entries(second));
  for (const [name, value] of Object.entries(first)) {
    const other = others.get(name);
    if (Array.isArray(value) && Array.isArray(other)) joined[name] = [...value, ...other];
    else if (typeof value === "number" && typeof other === "number") joined[name] = value + other;
    else if (name === "passed") joined[name] = value === true && other === true;
    else if (isObject(value) && isObject(other)) joined[name] = joinFields(value, other);
  }
  return joined as T;
};

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Is this what a bridge answers to the action? Its fields are the function's own: an older one may lack some. */
export const isAnswer = (value: unknown, action: OperatorAction): value is Answer =>
  isObject(value) && "ok" in value && (value.ok === false || ("action" in value && value.action === action));
