/**
 * What CloudWatch knows of the bridge beside its journal: which alarms are red, and what went within a day. Asked for with the
 * caller's own permissions, so that the function needs none for it.
 */
import {
  type CloudWatchClient,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  type MetricDataQuery,
} from "@aws-sdk/client-cloudwatch";
import type { StatusAnswer } from "../../lambda/src/operator/status.ts";

export type CloudWatch = Pick<CloudWatchClient, "send">;

export interface RedAlarm {
  readonly alarm: string;
  /** ISO 8601. */
  readonly since: string | null;
  readonly description: string;
}

export interface DayOf {
  readonly stream: string;
  readonly push: number;
  readonly pull: number;
  readonly errors: number;
}

export type Watched =
  | { readonly alarms: readonly RedAlarm[]; readonly last_24_hours: readonly DayOf[] }
  /** It couldn't be asked, and why. */
  | { readonly unknown: string };

const hour = 3_600;
const day = 86_400_000;
/** GetMetricData's limit. */
const maxQueries = 500;

const metrics = { push: "s3-to-sftp", pull: "sftp-to-s3", errors: "errors" } as const;
const kinds = Object.keys(metrics) as (keyof typeof metrics)[];

const redAlarms = async (client: CloudWatch, name: string): Promise<RedAlarm[]> => {
  const alarms: RedAlarm[] = [];
  let NextToken: string | undefined;
  do {
    const page = await client.send(
      new DescribeAlarmsCommand({ AlarmNamePrefix: `${name}/`, StateValue: "ALARM", ...(NextToken && { NextToken }) }),
    );
    for (const { AlarmName = "", StateUpdatedTimestamp, AlarmDescription = "" } of page.MetricAlarms ?? [])
      alarms.push({
        alarm: AlarmName.slice(name.length + 1),
        since: StateUpdatedTimestamp?.toISOString() ?? null,
        description: AlarmDescription,
      });
    NextToken = page.NextToken;
  } while (NextToken);
  return alarms;
};

const sums = async (
  client: CloudWatch,
  queries: readonly MetricDataQuery[],
  now: number,
): Promise<Map<string, number>> => {
  const found = new Map<string, number>();
  for (let from = 0; from < queries.length; from += maxQueries) {
    let NextToken: string | undefined;
    do {
      const page = await client.send(
        new GetMetricDataCommand({
          StartTime: new Date(now - day),
          EndTime: new Date(now),
          MetricDataQueries: queries.slice(from, from + maxQueries),
          ...(NextToken && { NextToken }),
        }),
      );
      for (const { Id = "", Values = [] } of page.MetricDataResults ?? [])
        found.set(
          Id,
          Values.reduce((total, value) => total + value, found.get(Id) ?? 0),
        );
      NextToken = page.NextToken;
    } while (NextToken);
  }
  return found;
};

const explain = (error: unknown): string => {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return /AccessDenied|NotAuthorized/i.test(name)
    ? `your role needs cloudwatch:DescribeAlarms and cloudwatch:GetMetricData for it. AWS says: ${message}`
    : `${name}: ${message}`;
};

/** What CloudWatch says of the streams of a `status`. Never throws: that it can't be asked is told beside what the journal says. */
export const watch = async (client: CloudWatch, status: StatusAnswer, now: number): Promise<Watched> => {
  const { name: bridge, metric_namespace: Namespace } = status.bridge;
  if (!bridge || !Namespace) return { unknown: "the bridge doesn't say what it is called there" };
  const streams = status.streams.map(({ stream }) => stream);
  const queries = streams.flatMap((stream, index) =>
    kinds.map((kind) => ({
      Id: `${kind}${index}`,
      MetricStat: {
        Metric: { Namespace, MetricName: metrics[kind], Dimensions: [{ Name: "stream", Value: stream }] },
        Period: hour,
        Stat: "Sum",
      },
    })),
  );
  try {
    const [alarms, totals] = await Promise.all([redAlarms(client, bridge), sums(client, queries, now)]);
    const of = (kind: string, index: number) => totals.get(`${kind}${index}`) ?? 0;
    return {
      alarms,
      last_24_hours: streams.map((stream, index) => ({
        stream,
        push: of("push", index),
        pull: of("pull", index),
        errors: of("errors", index),
      })),
    };
  } catch (error) {
    return { unknown: explain(error) };
  }
};
