import * as v from "valibot";
import { canonicalHost } from "./host.ts";
import type { SecretSource } from "./types.ts";

/** Kinds of fields that several parts of the configuration have. */

export const text = v.pipe(v.string("has to be a string"), v.nonEmpty("may not be empty"));
export const texts = v.nullish(v.array(text, "has to be a list of strings"), []);
export const flag = v.nullish(v.boolean("has to be true or false"), false);
export const whole = (from: number, to: number) => {
  const range = `has to be a whole number from ${from} to ${to}`;
  return v.pipe(v.number(range), v.integer(range), v.minValue(from, range), v.maxValue(to, range));
};
/** Bytes: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export const maxObject = 10_000 * 5 * 1024 ** 3;
export const oneOf = <const T extends readonly string[]>(options: T) =>
  v.picklist(options, `has to be one of ${options.map((option) => `"${option}"`).join(", ")}`);
export const object = <const T extends v.ObjectEntries>(entries: T) => v.object(entries, "has to be an object");

/** An object without the fields that are null or undefined: what isn't set isn't there. */
export const present = <K extends string, T>(field: K, value: T | null | undefined): { readonly [P in K]?: T } =>
  (value === null || value === undefined ? {} : { [field]: value }) as { readonly [P in K]?: T };

/** In its one spelling. */
export const host = v.pipe(
  text,
  v.regex(/^[^\s/@]+$/, "has to be a host name or address, without user or path"),
  v.transform(canonicalHost),
);

export const secretSource = v.pipe(
  object({
    secret_arn: v.nullish(text),
    ssm_parameter: v.nullish(text),
    s3: v.nullish(v.pipe(text, v.regex(/^[^/]+\/.+$/s, 'has to be "bucket/key"'))),
    json_key: v.nullish(text),
    encryption_context: v.nullish(v.record(v.string(), v.string("has to be a string"), "has to be a map of strings")),
  }),
  v.check(
    (source) => [source.secret_arn, source.ssm_parameter, source.s3].filter((place) => place != null).length === 1,
    "needs exactly one of secret_arn, ssm_parameter and s3",
  ),
  v.transform(
    (source): SecretSource => ({
      ...present("secretArn", source.secret_arn),
      ...present("ssmParameter", source.ssm_parameter),
      ...present("s3", source.s3),
      ...present("jsonKey", source.json_key),
      ...present("encryptionContext", source.encryption_context),
    }),
  ),
);
