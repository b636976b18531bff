/** The command line of `bridge report`. */

import type { Span } from "../../../lambda/src/report/rows.ts";
import { functionNameOf, parseOptions, UsageError } from "../arguments.ts";

export interface ReportOptions {
  readonly functionName: string;
  /** The journal's table; without it the function's own configuration is asked. */
  readonly table: string | undefined;
  readonly span: Span;
  readonly region: string | undefined;
  readonly profile: string | undefined;
}

const flags = {
  function: { type: "string" },
  stream: { type: "string" },
  from: { type: "string" },
  to: { type: "string" },
  table: { type: "string" },
  region: { type: "string" },
  profile: { type: "string" },
} as const;

const day = 86_400_000;

const momentOf = (name: string, value: string): number => {
  const time = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(value)
    ? Date.parse(value)
    : Number.NaN;
  if (!Number.isNaN(time)) return time;
  throw new UsageError(
    `${name} is a time with its zone such as 2026-03-01T07:30:00Z, or a day (UTC) such as 2026-03-01, and not ${JSON.stringify(value)}.`,
  );
};

/** `now`: milliseconds since the epoch. Left out, the time is that of the last 24 hours, or of the day after `from`. Throws UsageError. */
export const readReportArguments = (
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  now: number,
): ReportOptions => {
  const { values } = parseOptions({ args: [...args], options: flags });
  const functionName = functionNameOf(values.function, environment);
  const given = values.from === undefined ? undefined : momentOf("--from", values.from);
  const to = values.to === undefined ? Math.min(now, (given ?? now) + day) : momentOf("--to", values.to);
  const from = given ?? to - day;
  if (from >= to)
    throw new UsageError(
      `The time is empty: --from (${new Date(from).toISOString()}) has to be before --to (${new Date(to).toISOString()}), which is not included.`,
    );
  const { stream, table, region, profile } = values;
  return { functionName, table, span: { stream, from, to }, region, profile };
};
