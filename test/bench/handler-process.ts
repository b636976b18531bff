/**
 * The function as Lambda runs it, in a process of its own: the bundle is loaded, `handler` gets the events of a file one
 * after the other, and the process ends. Node's start and the bundle's load count towards what is measured.
 * `node handler-process.ts BUNDLE EVENTS REPORT`
 */
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import type { Context } from "aws-lambda";

type Handler = (event: unknown, context: Context) => Promise<unknown>;

const [bundle = "", events = "", report = ""] = process.argv.slice(2);
const started = performance.now();
const { handler } = (await import(pathToFileURL(bundle).href)) as { handler: Handler };
const loaded = performance.now();
const invocations: { milliseconds: number; result: unknown }[] = [];
const timeout = Number(process.env["BENCH_TIMEOUT"] ?? 900) * 1000;
for (const event of JSON.parse(readFileSync(events, "utf8")) as unknown[]) {
  const begun = performance.now();
  const context = {
    awsRequestId: `bench-${invocations.length}`,
    getRemainingTimeInMillis: () => timeout - (performance.now() - begun),
  } as Context;
  const result = await handler(event, context);
  invocations.push({ milliseconds: performance.now() - begun, result });
}
writeFileSync(report, JSON.stringify({ startMs: started, loadMs: loaded - started, invocations }));
// Lambda freezes the process; its sockets to S3 would keep this one alive.
process.exit(0);
