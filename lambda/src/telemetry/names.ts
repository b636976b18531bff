/**
 * The names that leave the function: metrics, their dimension, and the events by which metric filters find log lines.
 * Alarms, dashboards and queries are built on them, so a change here is a change of the product's interface.
 *
 * Metric filters go by these, each on the log group as a whole with `$.stream` as dimension where there is one:
 *
 *   connection-timeouts        { $.event = "connection-timeout" }
 *   errors                     { $.event = "error" }, and for what the runtime itself prints when an invocation fails
 *                              "Invoke Error" (text format: `<time>\t<request id>\tERROR\tInvoke Error\t{…}`)
 *   lambda-function-timeouts   "Task timed out after" (`<time> <request id> Task timed out after 300.00 seconds`): printed
 *                              by the platform, as the function is no longer there to say so
 */
import type { Direction } from "../config/types.ts";

export const dimension = "stream";
/** Further dimension of `sftp-to-s3-left`, beside the stream: why. */
export const reasonDimension = "reason";

export const metricNames = {
  push: {
    files: "s3-to-sftp",
    bytes: "s3-to-sftp-bytes",
    duration: "s3-to-sftp-duration",
    /** Seconds since the oldest object that isn't delivered arrived. */
    oldest: "oldest-undelivered-age",
    backlog: "s3-to-sftp-backlog",
    failed: "s3-to-sftp-failed",
  },
  pull: {
    files: "sftp-to-s3",
    bytes: "sftp-to-s3-bytes",
    duration: "sftp-to-s3-duration",
    /** Seconds since the oldest file that waits at the partner was seen or written. */
    oldest: "oldest-waiting-age",
    backlog: "sftp-to-s3-backlog",
    failed: "sftp-to-s3-failed",
  },
} as const satisfies Record<Direction, Record<string, string>>;

/** Gauges of the tick. Those of a stream have it as dimension; the two counts of the tick itself have none. */
export const gaugeNames = {
  /** What the last poll listed and didn't take, in all and by reason. */
  left: "sftp-to-s3-left",
  /** Seconds since the last poll that succeeded. */
  lastPoll: "last-poll-age",
  /** Expectations of the stream (`alarms.expected`) that aren't met. */
  expectedMissing: "expected-files-missing",
  /** Seconds until a certificate of the stream (`sftp.certificate`, `sftp.via.certificate`) expires; negative once it has. */
  certificateLeft: "certificate-seconds-left",
  /** Seconds until the stream has no OpenPGP key (`push.pgp`) left to encrypt or to sign with; negative once it has none. */
  pgpKeyLeft: "pgp-key-seconds-left",
  /** Events that EventBridge hasn't taken yet, and seconds since the oldest of them became due; where events are sent at all. */
  unsentEvents: "unsent-events",
  oldestUnsentEvent: "oldest-unsent-event-age",
  /** 1 for each tick that looked at everything that is open: what tells that the other gauges are alive. */
  ticks: "ticks",
  /** 1 for each tick that looked for expected files. */
  expectationChecks: "expectation-checks",
} as const;

/** 1 for each connection whose key exchange a quantum computer could break. Without a dimension: the log says which. */
export const notPostQuantum = "connections-not-post-quantum";

/** Values of the field `event`. */
export const events = {
  connectionTimeout: "connection-timeout",
  error: "error",
} as const;

/** The words of the plain line `[stream]: Moved N files from …`. */
export const routes = { push: "S3 to SFTP", pull: "SFTP to S3" } as const satisfies Record<Direction, string>;
