/** What a stream moved and where it failed, over time, as CloudWatch has it. */
import { GetMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import type { CloudWatch } from "../cloudwatch.ts";

export interface Series {
  readonly name: string;
  /** Milliseconds since the epoch, and the sum of the period that begins there; the oldest first. */
  readonly points: readonly (readonly [number, number])[];
}

export interface Plots {
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
  /** Seconds. */
  readonly period: number;
  readonly series: readonly Series[];
}

const metrics: Readonly<Record<string, string>> = {
  "files sent": "s3-to-sftp",
  "files fetched": "sftp-to-s3",
  "bytes sent": "s3-to-sftp-bytes",
  "bytes fetched": "sftp-to-s3-bytes",
  errors: "errors",
};

/** About a hundred points, in the steps that CloudWatch keeps. Seconds. */
export const periodOf = (hours: number): number =>
  [60, 300, 900, 3_600, 21_600].find((period) => (hours * 3_600) / period <= 120) ?? 86_400;

/** Throws what CloudWatch throws. */
export const readPlots = async (
  client: CloudWatch,
  namespace: string,
  stream: string,
  hours: number,
  now: number,
): Promise<Plots> => {
  const period = periodOf(hours);
  const to = Math.ceil(now / 1_000 / period) * period * 1_000;
  const from = to - hours * 3_600_000;
  const names = Object.keys(metrics);
  const points = new Map<string, [number, number][]>();
  let NextToken: string | undefined;
  do {
    const page = await client.send(
      new GetMetricDataCommand({
        StartTime: new Date(from),
        EndTime: new Date(to),
        ScanBy: "TimestampAscending",
        MetricDataQueries: names.map((name, index) => ({
          Id: `m${index}`,
          MetricStat: {
            Metric: {
              Namespace: namespace,
              MetricName: metrics[name],
              Dimensions: [{ Name: "stream", Value: stream }],
            },
            Period: period,
            Stat: "Sum",
          },
        })),
        ...(NextToken && { NextToken }),
      }),
    );
    for (const { Id = "", Timestamps = [], Values = [] } of page.MetricDataResults ?? [])
      points.set(Id, [
        ...(points.get(Id) ?? []),
        ...Timestamps.map((time, index): [number, number] => [time.getTime(), Values[index] ?? 0]),
      ]);
    NextToken = page.NextToken;
  } while (NextToken);
  return {
    from,
    to,
    period,
    series: names.map((name, index) => ({
      name,
      points: (points.get(`m${index}`) ?? []).sort(([one], [other]) => one - other),
    })),
  };
};
