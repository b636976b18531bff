/** Tables of Markdown: what one event uses, and what a month costs. */
import type { Measurements } from "./cases.ts";
import type { FanOut } from "./fan-out.ts";
import type { S3Use } from "./meter.ts";
import { hours, type Month, sum } from "./month.ts";
import { onLambda } from "./use.ts";

/** Enough digits to tell small figures apart, and no more. */
export const short = (value: number): string => {
  if (value === 0) return "0";
  if (value >= 100) return value.toFixed(0);
  if (value >= 10) return value.toFixed(1);
  return value >= 0.095 ? value.toFixed(2) : String(Number(value.toPrecision(2)));
};

const s3 = (use: S3Use): string =>
  Object.entries(use)
    .map(([name, count]) => `${short(count)} ${name}`)
    .join(", ");

const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

/** What was measured over one link. `small file …, of n` is per file. */
export const usesTable = (measured: Measurements): string =>
  [
    row([
      "per …",
      "wall s",
      "CPU s",
      "on Lambda, s",
      "journal: requests",
      "write units",
      "read units",
      "bytes kept",
      "S3",
      "log lines",
      "log bytes",
    ]),
    row(Array<string>(11).fill("---")),
    ...Object.entries(measured).map(([name, use]) => {
      const { least, most } = onLambda(use);
      return row([
        name,
        short(use.wall),
        short(use.cpu),
        `${short(least)}–${short(most)}`,
        short(use.journalRequests),
        short(use.writeUnits),
        short(use.readUnits),
        short(use.journalBytes),
        s3(use.s3) || "–",
        short(use.logLines),
        short(use.logBytes),
      ]);
    }),
  ].join("\n");

export const monthsTable = (months: readonly Month[]): string =>
  [
    row([
      "a month",
      "function",
      "journal",
      "S3, events, queue",
      "logs",
      "metrics",
      "alarms",
      "**in all**",
      "connectors",
    ]),
    row(Array<string>(9).fill("---")),
    ...months.map(({ name, costs, connectors }) =>
      row([
        name,
        short(costs.function),
        short(costs.journal),
        short(costs.s3AndEvents),
        short(costs.logs),
        short(costs.metrics),
        short(costs.alarms),
        `**${short(sum(costs))}**`,
        short(connectors),
      ]),
    ),
  ].join("\n");

export const fanOutTable = (minutes: readonly FanOut[]): string =>
  [
    row([
      "due in one minute",
      "invocations",
      "GB-seconds",
      "journal: requests",
      "write units",
      "read units",
      "S3 requests",
      "**$**",
      "$ of the tick alone",
      "each hour of a month",
    ]),
    row(Array<string>(10).fill("---")),
    ...minutes.map((minute) =>
      row([
        `a file at each of ${minute.partners.toLocaleString("en")} partners`,
        String(minute.invocations),
        short(minute.gbSeconds),
        short(minute.journalRequests),
        short(minute.writeUnits),
        short(minute.readUnits),
        short(minute.s3Requests),
        `**${short(minute.dollars)}**`,
        short(minute.alone),
        short(minute.dollars * hours),
      ]),
    ),
  ].join("\n");
