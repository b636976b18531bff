/** Running numbers in names (`order = "sequence"`): where one stands, and which numbers there are. */
import * as v from "valibot";
import { object, text, whole } from "./fields.ts";
import type { Sequence } from "./types.ts";

/** One further can't be told from the next in JavaScript's numbers. */
export const greatestNumber = Number.MAX_SAFE_INTEGER - 1;
/** With fewer numbers before they begin again nobody could tell what is ahead from what came before. */
const fewestNumbers = 10;

const pattern = /^([^{}/\p{Cc}]*)\{seq(?::([1-9]|1[0-5]))?\}([^{}/\p{Cc}]*)$/u;

const name = v.pipe(
  text,
  v.check(
    (given) => pattern.test(given),
    'has to be a name with "{seq}" or "{seq:4}" in it once, and "*" for what changes beside it, such as "ORD_*_{seq}.csv"',
  ),
  v.check(
    (given) => !/[0-9]\{|\}[0-9]/.test(given),
    "has a digit right beside {seq}: nobody can tell which are the number",
  ),
);

const number = (from: number) => whole(from, greatestNumber);

/** `push.sequence` and `pull.sequence`. */
export const sequence = v.pipe(
  object({ name, first: v.nullish(number(0)), min: v.nullish(number(0)), max: v.nullish(number(1)) }),
  v.check(({ min, max }) => min == null || max != null, "has a min, which is the number after max, and no max"),
  v.check(
    ({ min, max }) => max == null || max - (min ?? 1) + 1 >= fewestNumbers,
    `has fewer than ${fewestNumbers} numbers from min to max`,
  ),
  v.check(
    ({ first, min, max }) => max == null || first == null || (first >= (min ?? 1) && first <= max),
    "has a first number that isn't one from min to max",
  ),
  v.check(({ name, max }) => {
    const digits = Number(pattern.exec(name)?.[2] ?? Infinity);
    return max == null || String(max).length <= digits;
  }, "has a max of more digits than {seq:…}"),
  v.transform(
    ({ name, first, min, max }): Sequence => ({
      name,
      first: first ?? min ?? 1,
      min: min ?? 1,
      ...(max != null && { max }),
    }),
  ),
);

/** Does the text match the pattern, in which only `*` stands for something: any characters, or none? In one pass. */
const matches = (glob: string, text: string): boolean => {
  const [first = "", ...others] = glob.split("*");
  const last = others.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  let from = first.length;
  for (const part of others) {
    const at = text.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return from + last.length <= text.length;
};

/** The number of a file, or in words why it has none. Only its name counts, whatever directory it is in. */
export const numberOf = (path: string, { name, min, max }: Sequence): number | string => {
  const file = path.slice(path.lastIndexOf("/") + 1);
  const [, before = "", digits, after = ""] = pattern.exec(name) ?? [];
  const found = [...file.matchAll(/[0-9]+/g)].filter(
    ({ 0: run, index }) =>
      (digits === undefined || run.length === Number(digits)) &&
      matches(before, file.slice(0, index)) &&
      matches(after, file.slice(index + run.length)),
  );
  const [only] = found;
  if (only === undefined) return `its name has no number where sequence.name (${JSON.stringify(name)}) says`;
  if (found.length > 1)
    return `its name has several numbers that could be the one of sequence.name (${JSON.stringify(name)}): ${found.map(([run]) => run).join(", ")}`;
  const number = Number(only[0]);
  if (number > greatestNumber)
    return `its number ${only[0]} is beyond ${greatestNumber}, which is the greatest that is counted`;
  if (max !== undefined && (number < min || number > max))
    return `its number ${number} isn't one from ${min} to ${max} (sequence.min, sequence.max)`;
  return number;
};
