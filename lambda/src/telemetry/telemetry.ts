import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import { formatLine } from "./format.ts";
import { type Level, writes } from "./level.ts";
import { dimension, events, metricNames, reasonDimension, routes } from "./names.ts";
import type { Ages, Log, LogFields, Telemetry, Transfers } from "./types.ts";

let isTogether = false;
/** Lines of one turn of the event loop go out in one write: a batch of the journal's answers ends up to 25 files. Those of problems at once. */
const together = (): void => {
  if (isTogether) return;
  isTogether = true;
  process.stdout.cork();
  process.nextTick(() => {
    isTogether = false;
    process.stdout.uncork();
  });
};

/** Writes one line, unless the level is below what is logged. */
type Write = (level: Level, message: string, fields: LogFields) => void;

const logWith = (write: Write, bound: LogFields): Log => ({
  debug: (message, fields) => write("DEBUG", message, { ...bound, ...fields }),
  info: (message, fields) => write("INFO", message, { ...bound, ...fields }),
  warn: (message, fields) => write("WARN", message, { ...bound, ...fields }),
  error: (message, fields) => write("ERROR", message, { event: events.error, ...bound, ...fields }),
  with: (fields) => logWith(write, { ...bound, ...fields }),
});

type Value = readonly [name: string, unit: (typeof MetricUnit)[keyof typeof MetricUnit], value: number];

const kindIn = (error: unknown): unknown =>
  typeof error === "object" && error !== null && "kind" in error ? error.kind : undefined;

/**
 * Telemetry that writes lines of JSON and EMF to stdout (warnings and errors to stderr; Lambda takes both). The log level is
 * that of Lambda's logging controls, else LOG_LEVEL, else INFO.
 *
 * Everything is written to the stream as it is, and not by the runtime's `console`: in text format that puts time, request
 * id and level before the line, so that CloudWatch would neither extract the metrics nor read the JSON; in JSON format it
 * wraps and escapes it. Powertools' loggers write in the same way, for the same reason.
 */
export const createTelemetry = (options: { readonly namespace: string; readonly now?: () => number }): Telemetry => {
  const now = options.now ?? Date.now;
  let requestId: string | undefined;

  // Lines of Powertools' logger take twice the processor time of ours, with function name, ARN, memory and service on each, which the
  // log stream's name says already; CloudWatch bills by the byte.
  const isWritten = writes(process.env);
  const write: Write = (level, message, fields) => {
    if (!isWritten(level)) return;
    const isProblem = level === "WARN" || level === "ERROR";
    if (!isProblem) together();
    (isProblem ? process.stderr : process.stdout).write(
      `${formatLine({ timestamp: new Date().toISOString(), level, requestId, message }, fields)}\n`,
    );
  };
  const log = logWith(write, {});
  const metrics = new Metrics({ namespace: options.namespace });
  // Powertools adds `service` by itself; the alarms are on `stream` alone.
  metrics.clearDefaultDimensions();

  const publish = (stream: string | undefined, values: readonly Value[], reason?: string): void => {
    if (stream !== undefined) metrics.addDimension(dimension, stream);
    if (reason !== undefined) metrics.addDimension(reasonDimension, reason);
    if (requestId !== undefined) metrics.addMetadata("requestId", requestId);
    metrics.setTimestamp(now());
    for (const [name, unit, value] of values) metrics.addMetric(name, unit, value);
    if (stream !== undefined) {
      metrics.publishStoredMetrics();
      return;
    }
    // Without a dimension Powertools writes an empty list of sets, where the format wants one set that is empty; CloudWatch
    // makes no metric of the former: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    const line = metrics.serializeMetrics();
    for (const directive of line._aws.CloudWatchMetrics) directive.Dimensions = [[]];
    metrics.clearMetrics();
    process.stdout.write(`${JSON.stringify(line)}\n`);
  };

  return {
    log,

    beginInvocation: (context) => {
      requestId = context.awsRequestId;
    },

    recordTransfers: ({ stream, direction, files, bytes, durationMs }: Transfers) => {
      const names = metricNames[direction];
      publish(stream, [
        [names.files, MetricUnit.Count, files],
        [names.bytes, MetricUnit.Bytes, bytes],
        [names.duration, MetricUnit.Milliseconds, durationMs],
      ]);
      // With the prefix that Lambda put before console.log when the original was written, so that a filter taken from its
      // page, `[timestamp, requestId, streamName, colon, moved = Moved, numFiles, …]`, still finds its fields. Today's
      // runtime would add a level (text) or make JSON of it.
      const time = new Date(now()).toISOString();
      process.stdout.write(
        `${time}\t${requestId ?? "-"}\t[${stream}]: Moved ${files} files from ${routes[direction]}\n`,
      );
    },

    recordAges: ({ stream, direction, oldestSeconds, backlog, failed }: Ages) => {
      const names = metricNames[direction];
      publish(stream, [
        [names.oldest, MetricUnit.Seconds, oldestSeconds],
        [names.backlog, MetricUnit.Count, backlog],
        [names.failed, MetricUnit.Count, failed],
      ]);
    },

    recordGauge: ({ name, unit, value, stream, reason }) => publish(stream, [[name, MetricUnit[unit], value]], reason),

    recordFailure: (message, fields) => {
      const kind = kindIn(fields.error);
      if (kind === "connect-timeout") log.warn(message, { event: events.connectionTimeout, ...fields });
      // Too many sessions at the server is a reason to come back later, not one to wake somebody.
      else if (kind === "busy") log.warn(message, fields);
      else log.error(message, fields);
    },
  };
};
