/** Further fields of a log line. `stream`, `path`, `source`, `destination`, `bytes`, `sha256`, `durationMs` and `attempt` have that one meaning. */
import type { Direction } from "../config/types.ts";
export type LogFields = Readonly<Record<string, unknown>>;

/** One JSON object per line. `error` among the fields is written with its kind, message and causes. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  /** Counted by the metric `errors`. */
  error(message: string, fields?: LogFields): void;
  /** The same log, with these fields on every line. */
  with(fields: LogFields): Log;
}

export interface Transfers {
  readonly stream: string;
  readonly direction: Direction;
  /** 0 for a poll that moved nothing: that it ran is told as well. */
  readonly files: number;
  readonly bytes: number;
  readonly durationMs: number;
}

export interface Ages {
  readonly stream: string;
  readonly direction: Direction;
  /** Age of the oldest object that isn't delivered (push), or of the oldest file waiting at the partner (pull). 0 if there is none. */
  readonly oldestSeconds: number;
  /** Entries that are pending or active. */
  readonly backlog: number;
  /** Entries that were given up and wait for a redrive. */
  readonly failed: number;
}

export interface Telemetry {
  readonly log: Log;
  /** Puts the request id on every line from here on. */
  beginInvocation(context: { readonly awsRequestId: string }): void;
  /** The metrics of one run and stream, and the line `[stream]: Moved N files from S3 to SFTP` (or `from SFTP to S3`). */
  recordTransfers(transfers: Transfers): void;
  /** Gauges of one stream, at each tick. */
  recordAges(ages: Ages): void;
  /** One gauge, of a stream or of the bridge as a whole. */
  recordGauge(gauge: {
    readonly name: string;
    readonly unit: "Seconds" | "Count";
    readonly value: number;
    readonly stream?: string;
    /** Of those that are counted by reason. */
    readonly reason?: string;
  }): void;
  /** A failure at the partner: a connect time-out is a warning, counted as `connection-timeouts`; the rest are errors. */
  recordFailure(message: string, fields: LogFields & { readonly stream: string; readonly error: unknown }): void;
}
