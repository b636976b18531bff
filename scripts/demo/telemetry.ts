// What the function says about itself: log lines and metrics.
import type { OnCall } from "../../test/e2e/helpers/on-call.ts";
import { logsOf, metricsOf, type Stack } from "../../test/stack/index.ts";
import { colour, table } from "./screen.ts";
import type { Bridge } from "./tour.ts";

/** A log line may come to light seconds after its time: each look goes back so far. Milliseconds. */
const overlap = 30_000;

/** What was shown already, by its content: looks overlap. */
const seen = new Set<string>();
const isNew = (one: object): boolean => {
  const key = JSON.stringify(one);
  return !seen.has(key) && seen.add(key) !== undefined;
};

/** Prints the lines about moved files, one structured line, and the metrics. */
export async function showTelemetry(stack: Stack, bridge: Bridge): Promise<void> {
  const log = (await logsOf(stack, bridge.function_name)).filter(isNew).map(({ message }) => message.trim());
  for (const line of log.filter((text) => /\]: Moved /.test(text))) console.log(`  ${line}`);
  const delivered = log.find((text) => text.startsWith("{") && text.includes('"Delivered"'));
  if (delivered !== undefined) console.log(`  and per file, as JSON: ${delivered}`);
  const points = await metricsOf(stack, bridge.function_name, bridge.metric_namespace);
  const sums = new Map<string, { count: number; sum: number }>();
  for (const { metric, dimensions, values } of points) {
    const key = `${metric}\t${dimensions["stream"] ?? ""}`;
    const before = sums.get(key) ?? { count: 0, sum: 0 };
    sums.set(key, {
      count: before.count + values.length,
      sum: values.reduce((total, value) => total + value, before.sum),
    });
  }
  console.log(`  Metrics in the namespace ${bridge.metric_namespace}:`);
  const rows = [...sums].map(([key, { count, sum }]) => [...key.split("\t"), String(count), String(sum)]);
  table([["metric", "stream", "samples", "sum"], ...rows.sort((one, other) => (one.join() < other.join() ? -1 : 1))]);
}

/** Prints every two seconds what has moved or failed since, and alarms that changed, until `isOver()`; `onCall` looks at the alarms. */
export async function followTelemetry(
  stack: Stack,
  bridge: Bridge,
  onCall: Pick<OnCall, "minutes" | "notifications">,
  isOver: () => boolean,
): Promise<void> {
  let told = (await onCall.notifications()).length;
  while (!isOver()) {
    const lines = (await logsOf(stack, bridge.function_name, Date.now() - overlap))
      .filter(isNew)
      .filter(({ message }) => /\]: Moved |"level":"(?:ERROR|WARN)"/.test(message));
    for (const { message } of lines) console.log(`  ${message.trim()}`);
    await onCall.minutes(0);
    const notifications = await onCall.notifications();
    for (const { AlarmName, NewStateValue } of notifications.slice(told))
      console.log(
        `  ${NewStateValue === "ALARM" ? colour("red", "● ALARM") : colour("green", "● OK   ")}  ${AlarmName}`,
      );
    told = notifications.length;
    for (let waited = 0; waited < 20 && !isOver(); waited++) await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
