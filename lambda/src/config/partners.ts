import { isDeepStrictEqual } from "node:util";
import { keptBy } from "../kept-by.ts";
import { ConfigError } from "./errors.ts";
import { type BridgeConfig, partnerOf, type SftpConfig, type StreamConfig } from "./types.ts";

/** One partner and all its streams: they share its connections, and so everything that says how these are made. */
export interface Partner {
  /** `user@host:port` */
  readonly id: string;
  readonly streams: readonly StreamConfig[];
  /** Stands for all of them where a connection is made. */
  readonly first: StreamConfig;
  readonly sftp: SftpConfig;
  readonly maxConnections: number;
}

/** What makes a partner, and may be spelled differently; and time-outs, of which the longest holds. */
const mayDiffer: ReadonlySet<string> = new Set([
  "host",
  "port",
  "username",
  "connectTimeoutSeconds",
  "operationTimeoutSeconds",
] satisfies (keyof SftpConfig)[]);

/** The name that a field has in the module's `streams`. */
const variableOf = (field: string): string => field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The order of keys and of ranges says nothing. */
const comparable = (sftp: SftpConfig, field: string): unknown => {
  const value: unknown = sftp[field as keyof SftpConfig];
  return ["hostKeys", "hostCaKeys", "allowedAddresses"].includes(field)
    ? [...new Set(value as string[] | undefined)].sort()
    : value;
};

/** Fields of which two streams of one partner have different values, by the names of `streams`. */
const differences = (one: SftpConfig, other: SftpConfig): string[] =>
  [...new Set([...Object.keys(one), ...Object.keys(other)])]
    .filter((field) => !mayDiffer.has(field))
    .filter((field) => !isDeepStrictEqual(comparable(one, field), comparable(other, field)))
    .map((field) => `sftp.${variableOf(field)}`)
    .sort();

/**
 * One stream's settings would hold for the connections of all, and another's pinned key would not be looked at: so that can't
 * be chosen silently.
 */
const agreed = (id: string, first: StreamConfig, streams: readonly StreamConfig[]): Partner => {
  for (const stream of streams.slice(1)) {
    const fields = differences(first.sftp, stream.sftp);
    if (fields.length > 0)
      throw new ConfigError(
        `Streams ${first.name} and ${stream.name} have one partner (${id}) and differ in ${fields.join(", ")}. Their files share its connections, which can have one setting only: give both streams the same, and apply again.`,
      );
  }
  const longest = (field: "connectTimeoutSeconds" | "operationTimeoutSeconds") =>
    Math.max(...streams.map(({ sftp }) => sftp[field]));
  const sftp = {
    ...first.sftp,
    connectTimeoutSeconds: longest("connectTimeoutSeconds"),
    operationTimeoutSeconds: longest("operationTimeoutSeconds"),
  };
  return { id, streams, first, sftp, maxConnections: sftp.maxConnections };
};

/** The partners by ID. Throws a ConfigError where streams of one partner differ in how to connect. */
export const partnersOf = keptBy((config: BridgeConfig): ReadonlyMap<string, Partner> => {
  const partners = new Map<string, Partner>();
  const sorted = [...config.streams.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const [id, streams] of Map.groupBy(sorted, ({ sftp }) => partnerOf(sftp))) {
    const [first] = streams;
    if (first) partners.set(id, agreed(id, first, streams));
  }
  return partners;
});
