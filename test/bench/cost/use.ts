/** What one event used of what is billed, from what its process and the meters told. */
import type { BridgeResult, Invocation, JournalUse } from "../bridge.ts";
import { median } from "../report.ts";
import { billedAs, type Operation, type S3Use } from "./meter.ts";

/** Of one invocation, or of several divided by their number or by that of the files. */
export interface Use {
  /** Seconds on this machine. */
  readonly wall: number;
  readonly cpu: number;
  readonly invocations: number;
  readonly journalRequests: number;
  readonly writeUnits: number;
  readonly readUnits: number;
  /** Bytes that stay in the journal. */
  readonly journalBytes: number;
  readonly s3: S3Use;
  /** Lines of the function, with the platform's own; bytes as CloudWatch bills them. */
  readonly logLines: number;
  readonly logBytes: number;
  /** Names of metrics with their stream. */
  readonly metrics: readonly string[];
}

/** A function of this many MB has one processor, and less memory has its share. https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
const wholeProcessor = 1_769;
export const memory = 512;
export const share = memory / wholeProcessor;

/**
 * Seconds on Lambda, at least and at most: what it waited for here, and its CPU time at the share of a processor that it has
 * there; at least, where both happen at one time (a large file), at most where one comes after the other (a poll).
 */
export const onLambda = ({ wall, cpu }: Pick<Use, "wall" | "cpu">): { least: number; most: number } => ({
  least: Math.max(wall, cpu / share),
  most: Math.max(0, wall - cpu) + cpu / share,
});

// What the platform writes for each invocation in text format, with figures of usual length.
const platform = [
  "START RequestId: 79104c2e-6dcd-4f4e-8b9d-0f7d5e1d8b7c Version: $LATEST",
  "END RequestId: 79104c2e-6dcd-4f4e-8b9d-0f7d5e1d8b7c",
  "REPORT RequestId: 79104c2e-6dcd-4f4e-8b9d-0f7d5e1d8b7c\tDuration: 1102.25 ms\tBilled Duration: 1103 ms\tMemory Size: 512 MB\tMax Memory Used: 150 MB\t",
];
/** The benchmark's request ids are shorter than Lambda's. */
const requestIdBytes = 36 - "bench-0".length;
/** Added to each event. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutLogEvents.html */
const eventBytes = 26;

const bytesOf = (line: string): number => Buffer.byteLength(line) + eventBytes;

/** `name stream` of each metric in a line of the embedded metric format. */
export const metricsOf = (line: string): string[] => {
  if (!line.includes('"_aws"')) return [];
  const { _aws, stream } = JSON.parse(line) as {
    _aws: { CloudWatchMetrics: { Metrics: { Name: string }[] }[] };
    stream?: string;
  };
  return _aws.CloudWatchMetrics.flatMap(({ Metrics }) => Metrics.map(({ Name }) => `${Name} ${stream ?? ""}`));
};

const subtract = (after: S3Use, before: S3Use): S3Use => {
  const names = Object.keys(after) as Operation[];
  return Object.fromEntries(
    names.map((name) => [name, (after[name] ?? 0) - (before[name] ?? 0)] as const).filter(([, count]) => count > 0),
  );
};

const told = (meters: readonly unknown[]) => ({ journal: meters[0] as JournalUse, s3: meters[1] as S3Use });

const useOf = (invocation: Invocation, metersBefore: readonly unknown[]): Use => {
  const [after, before] = [told(invocation.meters), told(metersBefore)];
  const { lines } = invocation;
  return {
    wall: invocation.milliseconds / 1000,
    cpu: invocation.cpuMs / 1000,
    invocations: 1,
    journalRequests: after.journal.requests - before.journal.requests,
    writeUnits: after.journal.writeUnits - before.journal.writeUnits,
    readUnits: after.journal.readUnits - before.journal.readUnits,
    journalBytes: after.journal.bytes - before.journal.bytes,
    s3: subtract(after.s3, before.s3),
    logLines: lines.length + platform.length,
    logBytes: [...lines, ...platform].reduce((sum, line) => sum + bytesOf(line), lines.length * requestIdBytes),
    metrics: [...new Set(lines.flatMap(metricsOf))],
  };
};

/** Each invocation of a run by itself. The first one's time has the start of its process, as a cold start is billed. */
export const usesOf = ({ invocations, metersBefore, startMs, loadMs, startCpuMs }: BridgeResult): Use[] =>
  invocations.map((invocation, index) => {
    const use = useOf(invocation, index === 0 ? metersBefore : (invocations[index - 1]?.meters ?? []));
    if (index > 0) return use;
    return { ...use, wall: use.wall + (startMs + loadMs) / 1000, cpu: use.cpu + startCpuMs / 1000 };
  });

const sumS3 = (uses: readonly Use[]): S3Use => {
  const sum: S3Use = {};
  for (const { s3 } of uses)
    for (const [name, count] of Object.entries(s3) as [Operation, number][]) sum[name] = (sum[name] ?? 0) + count;
  return sum;
};

/** All of them together, divided by `parts`. */
export const total = (uses: readonly Use[], parts = 1): Use => {
  const of = (value: (use: Use) => number) => uses.reduce((sum, use) => sum + value(use), 0) / parts;
  const s3 = Object.entries(sumS3(uses)).map(([name, count]) => [name, count / parts] as const);
  return {
    wall: of(({ wall }) => wall),
    cpu: of(({ cpu }) => cpu),
    invocations: uses.length / parts,
    journalRequests: of(({ journalRequests }) => journalRequests),
    writeUnits: of(({ writeUnits }) => writeUnits),
    readUnits: of(({ readUnits }) => readUnits),
    journalBytes: of(({ journalBytes }) => journalBytes),
    s3: Object.fromEntries(s3),
    logLines: of(({ logLines }) => logLines),
    logBytes: of(({ logBytes }) => logBytes),
    metrics: [...new Set(uses.flatMap(({ metrics }) => metrics))],
  };
};

/** The counts of all of them on average, with the median of their times. */
export const typical = (uses: readonly Use[]): Use => ({
  ...total(uses, uses.length),
  wall: median(uses.map(({ wall }) => wall)),
  cpu: median(uses.map(({ cpu }) => cpu)),
});

/** How many of a use's requests to S3 are billed as PUT and as GET. */
export const billedRequests = (s3: S3Use): { put: number; get: number } => {
  const of = (kind: "put" | "get") =>
    (Object.entries(s3) as [Operation, number][])
      .filter(([name]) => billedAs[name] === kind)
      .reduce((sum, [, count]) => sum + count, 0);
  return { put: of("put"), get: of("get") };
};
