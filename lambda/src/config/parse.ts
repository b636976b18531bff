import * as v from "valibot";
import { ConfigError } from "./errors.ts";
import { partnersOf } from "./partners.ts";
import { reportsSchema } from "./reports.ts";
import { streamSchema } from "./schema.ts";
import type { BridgeConfig, StreamConfig } from "./types.ts";
import { calendars, withCalendars } from "./windows.ts";

const isMap = (value: unknown): boolean => typeof value === "object" && value !== null && !Array.isArray(value);

const owners = "has to be a map from buckets to accounts of 12 digits";
const isOwners = (value: unknown): boolean =>
  isMap(value) && Object.values(value as object).every((account) => /^\d{12}$/.test(String(account)));

const document = v.object(
  {
    version: v.literal(1, "has to be 1, the only version this function reads"),
    // Not v.record: it drops keys such as "constructor", and a stream may have any name.
    // Configurations of earlier versions have none.
    bucket_owners: v.nullish(v.custom<Readonly<Record<string, string>>>(isOwners, owners), {}),
    calendars: v.nullish(calendars, {}),
    reports: v.nullish(reportsSchema),
    streams: v.custom<Readonly<Record<string, unknown>>>(isMap, "has to be a map of streams"),
  },
  "it has to be an object",
);

const remedy = "Correct it in the module's `streams` and apply again.";

const describe = (issues: readonly v.BaseIssue<unknown>[]): string =>
  issues
    .slice(0, 5)
    .map((issue) => {
      const path = v.getDotPath(issue);
      // valibot's own word for a field that isn't there at all.
      const message = issue.received === "undefined" ? "is missing" : issue.message;
      return path === null ? message : `${path} ${message}`;
    })
    .join("; ");

const parseStream = (name: string, input: unknown): StreamConfig => {
  const result = v.safeParse(streamSchema, input);
  if (!result.success) throw new ConfigError(`Stream ${name}: ${describe(result.issues)}. ${remedy}`);
  return { name, ...result.output };
};

/** The stream map from the JSON that the module writes. Throws a ConfigError naming streams, field and remedy. */
export const parseConfig = (json: string): BridgeConfig => {
  let input: unknown;
  try {
    input = JSON.parse(json);
  } catch (error) {
    throw new ConfigError(
      `The stream configuration isn't JSON (${(error as Error).message}). Run \`terraform apply\` again.`,
    );
  }
  const result = v.safeParse(document, input);
  if (!result.success) {
    throw new ConfigError(
      `The stream configuration can't be read: ${describe(result.issues)}. Run \`terraform apply\` again.`,
    );
  }
  const streams = Object.entries(result.output.streams).map(
    ([name, value]) => [name, withCalendars(parseStream(name, value), result.output.calendars ?? {})] as const,
  );
  const { reports } = result.output;
  const config = {
    streams: new Map(streams),
    ...(reports && { reports }),
    bucketOwners: new Map(Object.entries(result.output.bucket_owners ?? {})),
  };
  partnersOf(config);
  return config;
};
