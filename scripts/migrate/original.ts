/** The original's configuration: a map, stream name → stream. Other fields than its own are mistakes. */
import * as v from "valibot";
import { type Document, type Json, Refusal } from "./json.ts";

const text = v.string("has to be a text");
const number = v.number("has to be a number");
const bool = v.boolean("has to be true or false");
const anything = v.unknown();

/** https://github.com/mscdex/ssh2#client-methods, the two names that ssh2 takes as well, and those of its 0.x versions. */
const sftpSchema = v.strictObject(
  {
    agent: v.optional(anything),
    agentForward: v.optional(anything),
    algorithms: v.optional(v.custom<Readonly<Record<string, Json>>>(isMap, "has to be an object")),
    allowAgentFwd: v.optional(anything),
    authHandler: v.optional(anything),
    compress: v.optional(anything),
    debug: v.optional(anything),
    forceIPv4: v.optional(bool),
    forceIPv6: v.optional(bool),
    host: v.optional(text),
    hostHash: v.optional(anything),
    hostVerifier: v.optional(anything),
    hostname: v.optional(text),
    ident: v.optional(text),
    keepaliveCountMax: v.optional(number),
    keepaliveInterval: v.optional(number),
    localAddress: v.optional(text),
    localHostname: v.optional(anything),
    localPort: v.optional(anything),
    localUsername: v.optional(anything),
    passphrase: v.optional(text),
    password: v.optional(text),
    port: v.optional(
      v.pipe(
        number,
        v.integer("has to be a whole number"),
        v.minValue(1, "has to be 1 to 65535"),
        v.maxValue(65_535, "has to be 1 to 65535"),
      ),
    ),
    privateKey: v.optional(text),
    readyTimeout: v.optional(v.pipe(number, v.minValue(0, "has to be milliseconds, from 0 up"))),
    s3PrivateKey: v.optional(v.pipe(text, v.regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\/[^/]/, "has to be bucket/key"))),
    sock: v.optional(anything),
    strictVendor: v.optional(bool),
    timeout: v.optional(anything),
    tryKeyboard: v.optional(bool),
    user: v.optional(text),
    username: v.optional(text),
  },
  "has to be an object",
);

const streamSchema = v.strictObject(
  {
    fileRetentionDays: v.optional(v.pipe(number, v.minValue(0, "has to be a number of days, from 0 up"))),
    s3Location: text,
    sftpConfig: sftpSchema,
    sftpLocation: text,
  },
  "has to be an object",
);

export type SftpConfig = v.InferOutput<typeof sftpSchema>;
export type OriginalStream = v.InferOutput<typeof streamSchema> & { readonly name: string };

function isMap(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const fieldsOf = (path: string): string =>
  Object.keys(path.includes("sftpConfig") ? sftpSchema.entries : streamSchema.entries).join(", ");

/** What to write for a field that has to be there. */
const missing: Readonly<Record<string, string>> = {
  s3Location: ': write "bucket" or "bucket/directory"',
  sftpConfig: ": it says which server, with host, username and a password or key",
  sftpLocation: ': write "" for the directory that the log-in ends in',
};

const explain = (issue: v.BaseIssue<unknown>, path: string): string => {
  if (issue.type === "strict_object" && issue.expected === "never")
    return `${path} is no field of the original, so what it was meant to do isn't known. Its fields here: ${fieldsOf(path.slice(0, path.lastIndexOf(".")))}. Correct or remove it.`;
  if (issue.received === "undefined") return `${path} is missing${missing[path] ?? ""}.`;
  // valibot's \`received\` would repeat the value, which may be a secret: the kind alone is told.
  const kind = issue.input === null ? "null" : Array.isArray(issue.input) ? "a list" : `a ${typeof issue.input}`;
  return `${path} ${issue.message}${issue.kind === "schema" ? `, and is ${kind}` : ""}.`;
};

/** The streams, in the order of the file. Throws a Refusal that lists every mistake with its line. */
export const readOriginal = ({ value, placeOf }: Document, name: string): readonly OriginalStream[] => {
  if (!isMap(value)) throw new Refusal([`${name}: it has to be an object, from stream names to streams.`]);
  const reasons: string[] = [];
  const streams = Object.entries(value as Readonly<Record<string, Json>>).flatMap(([stream, given]) => {
    if (stream === "") reasons.push(`${name}, ${placeOf([stream])}: a stream without a name. Give it one.`);
    const result = v.safeParse(streamSchema, given);
    if (result.success) return [{ name: stream, ...result.output }];
    for (const issue of result.issues) {
      const path = (issue.path ?? []).map(({ key }) => key as string | number);
      reasons.push(
        `${name}, ${placeOf([stream, ...path])}: stream ${JSON.stringify(stream)}: ${explain(issue, path.length === 0 ? "it" : path.join("."))}`,
      );
    }
    return [];
  });
  if (reasons.length > 0) throw new Refusal(reasons);
  if (streams.length === 0) throw new Refusal([`${name}: no streams in it. Is it the right file?`]);
  return streams;
};
