import type { BridgeConfig, PullConfig, PushConfig, StreamConfig } from "../../lambda/src/config/types.ts";
import type { Log, Telemetry } from "../../lambda/src/telemetry/types.ts";

export const sftp = {
  host: "partner",
  port: 22,
  username: "us",
  hostKeys: ["SHA256:x"],
  insecureIgnoreHostKey: false,
  maxConnections: 1,
  connectTimeoutSeconds: 5,
  operationTimeoutSeconds: 5,
  options: {},
} as const;

export const push: PushConfig = {
  bucket: "bucket",
  prefix: "out/",
  directory: "inbox",
  include: [],
  exclude: [],
  upload: "atomic",
  verify: "strict",
};

export const pull: PullConfig = {
  bucket: "bucket",
  prefix: "in/",
  directory: "outbox",
  include: [],
  exclude: [],
  after: "move",
  retentionDays: 14,
  minAgeSeconds: 0,
  maxOpenFiles: 100_000,
  temporarySuffixes: [".tmp", ".part"],
};

export const stream = (changes: Partial<StreamConfig> = {}): StreamConfig => ({
  name: "acme",
  sftp,
  retryForDays: 7,
  counts: [],
  expected: [],
  ...changes,
});

export const configOf = (...streams: StreamConfig[]): BridgeConfig => ({
  streams: new Map(streams.map((one) => [one.name, one])),
});

export interface Line {
  readonly level: string;
  readonly message: string;
  readonly fields: Record<string, unknown>;
}

/** Telemetry that remembers. */
export const memoryTelemetry = (): Telemetry & {
  readonly lines: Line[];
  readonly records: unknown[];
  readonly gauges: { name: string; stream?: string; reason?: string; value: number }[];
} => {
  const lines: Line[] = [];
  const records: unknown[] = [];
  const gauges: { name: string; stream?: string; reason?: string; value: number }[] = [];
  const logWith = (bound: Record<string, unknown>): Log => {
    const at =
      (level: string) =>
      (message: string, fields: Record<string, unknown> = {}) =>
        void lines.push({ level, message, fields: { ...bound, ...fields } });
    return {
      debug: at("debug"),
      info: at("info"),
      warn: at("warn"),
      error: at("error"),
      with: (fields) => logWith({ ...bound, ...fields }),
    };
  };
  const log = logWith({});
  return {
    log,
    lines,
    records,
    gauges,
    beginInvocation: () => {},
    recordTransfers: (transfers) => void records.push(transfers),
    recordAges: (ages) => void records.push(ages),
    recordGauge: (gauge) => void gauges.push(gauge),
    recordFailure: (message, fields) => log.error(message, fields),
  };
};
