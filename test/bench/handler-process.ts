/**
 * The function as Lambda runs it, in a process of its own: the bundle is loaded, `handler` gets the events of a file one
 * after the other, and the process ends. Node's start and the bundle's load count towards what is measured.
 * `node handler-process.ts BUNDLE EVENTS REPORT`
 *
 * With BENCH_METERS (addresses that tell as JSON what was asked of them) the report has for each invocation what these told
 * after it, and the lines it wrote.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import type { Context } from "aws-lambda";

type Handler = (event: unknown, context: Context) => Promise<unknown>;

const [bundle = "", events = "", report = ""] = process.argv.slice(2);
const started = performance.now();
const { handler } = (await import(pathToFileURL(bundle).href)) as { handler: Handler };
const loaded = performance.now();
/** User and system milliseconds of this process. */
const cpu = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const meters = (process.env["BENCH_METERS"] ?? "").split(",").filter((address) => address !== "");
const readMeters = () => Promise.all(meters.map(async (address) => (await fetch(address)).json()));
let written: string[] = [];
if (meters.length > 0) {
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream);
    stream.write = ((chunk: string | Uint8Array, ...rest: []) => {
      written.push(Buffer.from(chunk as string).toString());
      return write(chunk, ...rest);
    }) as typeof stream.write;
  }
}
const startCpuMs = cpu();
const metersBefore = await readMeters();
const invocations: {
  begunAt: number;
  milliseconds: number;
  cpuMs: number;
  result: unknown;
  meters: unknown[];
  lines: string[];
}[] = [];
const timeout = Number(process.env["BENCH_TIMEOUT"] ?? 900) * 1000;
for (const event of JSON.parse(readFileSync(events, "utf8")) as unknown[]) {
  written = [];
  const begun = performance.now();
  const cpuBegun = cpu();
  const context = {
    awsRequestId: `bench-${invocations.length}`,
    getRemainingTimeInMillis: () => timeout - (performance.now() - begun),
  } as Context;
  const result = await handler(event, context);
  const took = {
    begunAt: performance.timeOrigin + begun,
    milliseconds: performance.now() - begun,
    cpuMs: cpu() - cpuBegun,
  };
  const lines = written.join("").split("\n");
  invocations.push({ ...took, result, meters: await readMeters(), lines: lines.filter((line) => line !== "") });
}
writeFileSync(
  report,
  JSON.stringify({
    startedAt: performance.timeOrigin,
    startMs: started,
    loadMs: loaded - started,
    startCpuMs,
    metersBefore,
    invocations,
  }),
);
// Lambda freezes the process; its sockets to S3 would keep this one alive.
process.exit(0);
