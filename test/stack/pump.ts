// What CloudWatch does with log lines and the emulator doesn't: applies the metric filters that are deployed, extracts
// embedded metrics, and puts both as data points, at which the emulator looks at its alarms.
import { CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import {
  CloudWatchLogsClient,
  type MetricFilter,
  paginateDescribeMetricFilters,
} from "@aws-sdk/client-cloudwatch-logs";
import { awsConfig } from "./clients.ts";
import type { Stack } from "./emulator.ts";
import { type LogLine, logsOf } from "./logs.ts";
import { type DataPoint, pointsIn, publishMetrics } from "./metrics.ts";

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (message: string): Fields | undefined => {
  try {
    const value: unknown = JSON.parse(message);
    return typeof value === "object" && value !== null ? (value as Fields) : undefined;
  } catch {
    return undefined;
  }
};

/** One condition of a JSON pattern: `$.field = "text"` or `$.field NOT EXISTS`. */
const holds = (condition: string, fields: Fields): boolean => {
  const equal = /^\(?\s*\$\.(\w+)\s*=\s*"([^"]*)"\s*\)?$/.exec(condition);
  if (equal) return fields[equal[1] ?? ""] === equal[2];
  const missing = /^\(?\s*\$\.(\w+)\s+NOT EXISTS\s*\)?$/.exec(condition);
  if (missing) return !((missing[1] ?? "") in fields);
  throw new Error(`The pump doesn't know the filter condition ${condition}: teach it, or write the filter otherwise`);
};

/** Does the pattern match the line? As far as the module's filters go: JSON with `&&`, and terms of which some are excluded. */
export function matchesPattern(pattern: string, message: string): boolean {
  const json = /^\{(.*)\}$/s.exec(pattern.trim());
  if (json) {
    const fields = fieldsOf(message);
    return fields !== undefined && (json[1] ?? "").split("&&").every((condition) => holds(condition.trim(), fields));
  }
  const terms = pattern.match(/-?"[^"]*"|\S+/g) ?? [];
  return terms.every((term) => {
    const excluded = term.startsWith("-");
    const text = term.replace(/^-/, "").replace(/^"|"$/g, "");
    return message.includes(text) !== excluded;
  });
}

/** The data points that the deployed filters make of a line. A dimension whose field the line lacks makes none. */
export function pointsOfFilters(filters: readonly MetricFilter[], { message, time }: LogLine): DataPoint[] {
  return filters.flatMap(({ filterPattern = "", metricTransformations = [] }) => {
    if (!matchesPattern(filterPattern, message)) return [];
    return metricTransformations.flatMap(
      ({ metricName = "", metricNamespace = "", metricValue, dimensions = {}, unit }) => {
        const fields = fieldsOf(message) ?? {};
        const values = Object.entries(dimensions).map(
          ([name, field]) => [name, fields[field.replace(/^\$\./, "")]] as const,
        );
        if (values.some(([, value]) => value === undefined)) return [];
        const named = Object.fromEntries(values.map(([name, value]) => [name, String(value)]));
        return [
          {
            namespace: metricNamespace,
            metric: metricName,
            unit: unit ?? "None",
            dimensions: named,
            time,
            values: [Number(metricValue)],
          },
        ];
      },
    );
  });
}

export type Pump = {
  /** Pumps what the log says since the last turn, and has the alarms looked at. */
  readonly turn: () => Promise<void>;
  readonly close: () => void;
};

/** Runs write their lines when they end, so that older ones turn up later: how far back a turn looks. Milliseconds. */
const latest = 16 * 60_000;

/** A pump of a function's log, to be turned by the test. */
export function openPump(stack: Stack, functionName: string): Pump {
  const logs = new CloudWatchLogsClient(awsConfig(stack));
  const cloudwatch = new CloudWatchClient(awsConfig(stack));
  const seen = new Set<string>();
  const turn = async () => {
    const filters: MetricFilter[] = [];
    const pages = paginateDescribeMetricFilters({ client: logs }, { logGroupName: `/aws/lambda/${functionName}` });
    for await (const page of pages) filters.push(...(page.metricFilters ?? []));
    const points: DataPoint[] = [];
    const counts = new Map<string, number>();
    for (const line of await logsOf(stack, functionName, Date.now() - latest)) {
      const text = `${line.time} ${line.stream} ${line.message}`;
      const count = (counts.get(text) ?? 0) + 1;
      counts.set(text, count);
      if (seen.has(`${text} ${count}`)) continue;
      seen.add(`${text} ${count}`);
      points.push(...pointsIn(line), ...pointsOfFilters(filters, line));
    }
    await publishMetrics(stack, points);
    await cloudwatch.send(new DescribeAlarmsCommand({}));
  };
  const close = () => {
    logs.destroy();
    cloudwatch.destroy();
  };
  return { turn, close };
}

/** Starts to pump a function's log, every two seconds, until it is stopped. */
export function startPump(stack: Stack, functionName: string): { readonly stop: () => Promise<void> } {
  const { turn, close } = openPump(stack, functionName);
  let stopped = false;
  const running = (async () => {
    while (!stopped) {
      await turn();
      await new Promise((resolve) => setTimeout(resolve, 2_000));
    }
  })();
  return {
    stop: async () => {
      stopped = true;
      await running;
      close();
    },
  };
}
