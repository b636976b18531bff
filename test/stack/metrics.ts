// The emulator stores log lines but does not make metrics of those in the embedded metric format, as CloudWatch does.
// This reads them, by the format's specification (docs.aws.amazon.com, "Specification: Embedded metric format").
import { CloudWatchClient, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { awsConfig } from "./clients.ts";
import type { Stack } from "./emulator.ts";
import { type LogLine, logsOf } from "./logs.ts";

export type DataPoint = {
  readonly namespace: string;
  readonly metric: string;
  readonly unit: string;
  readonly dimensions: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly values: readonly number[];
};

type Directive = {
  readonly Namespace: string;
  readonly Dimensions: readonly (readonly string[])[];
  readonly Metrics: readonly { readonly Name: string; readonly Unit?: string }[];
};

/** The data points that CloudWatch would make of a function's log lines, oldest first. */
export async function metricsOf(stack: Stack, functionName: string, namespace?: string): Promise<DataPoint[]> {
  const points = (await logsOf(stack, functionName)).flatMap(pointsIn);
  return namespace === undefined ? points : points.filter((point) => point.namespace === namespace);
}

/** Data points of one log line: one per metric and set of dimensions; none where the line isn't in the format. */
export function pointsIn({ message, time }: LogLine): DataPoint[] {
  const root = parse(message);
  const aws = root?.["_aws"];
  if (root === undefined || !isRecord(aws) || !Array.isArray(aws["CloudWatchMetrics"])) return [];
  const at = typeof aws["Timestamp"] === "number" ? aws["Timestamp"] : time;
  return (aws["CloudWatchMetrics"] as Directive[]).flatMap((directive) =>
    directive.Dimensions.flatMap((names) =>
      directive.Metrics.flatMap(({ Name, Unit = "None" }): DataPoint[] => {
        const values = [root[Name]].flat().filter((value) => typeof value === "number");
        const dimensions = Object.fromEntries(names.map((name) => [name, String(root[name])]));
        return values.length === 0
          ? []
          : [{ namespace: directive.Namespace, metric: Name, unit: Unit, dimensions, time: at, values }];
      }),
    ),
  );
}

/** As many data points go into one request; CloudWatch takes up to 1,000. */
const batch = 500;

/** Puts data points into the emulator's CloudWatch, which also makes it look at its alarms. */
export async function publishMetrics(stack: Stack, points: readonly DataPoint[]): Promise<void> {
  const client = new CloudWatchClient(awsConfig(stack));
  const put = (namespace: string, some: readonly DataPoint[]) =>
    client.send(
      new PutMetricDataCommand({
        Namespace: namespace,
        MetricData: some.map(({ metric, unit, dimensions, time, values }) => ({
          MetricName: metric,
          Unit: unit as "Count",
          Timestamp: new Date(time),
          Values: [...values],
          Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
        })),
      }),
    );
  for (const [namespace, some] of Map.groupBy(points, (point) => point.namespace))
    for (let from = 0; from < some.length; from += batch) await put(namespace, some.slice(from, from + batch));
  client.destroy();
}

function parse(text: string): Record<string, unknown> | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
