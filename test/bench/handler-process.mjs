/**
 * An environment of the function as Lambda runs it, in a process of its own: the bundle is loaded, `handler` gets the events of
 * a file one after the other, and the process ends. Of several processes with the same events each event goes to the one
 * that is free first, as the poller of a queue hands them out. Node's start and the bundle's load count towards what is measured.
 * It is JavaScript, since taking the types out of TypeScript would cost Node 20 MB that the function doesn't have.
 * `node handler-process.mjs BUNDLE EVENTS REPORT`
 *
 * With BENCH_UNTIL_DONE (the address of the journal) ticks follow until nothing is open there.
 * With BENCH_METERS (addresses that tell as JSON what was asked of them) the report has for each invocation what these told
 * after it, and the lines it wrote.
 */
/** Not by `import`, which reads all that these export, and so loads what the function doesn't: 11 ms of a start of 150. */
const { closeSync, openSync, readFileSync, writeFileSync } = process.getBuiltinModule("node:fs");
const { pathToFileURL } = process.getBuiltinModule("node:url");

const [bundle = "", events = "", report = ""] = process.argv.slice(2);
const started = performance.now();
const { handler } = await import(pathToFileURL(bundle).href);
const loaded = performance.now();
/** User and system milliseconds of this process. */
const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const meters = (process.env["BENCH_METERS"] ?? "").split(",").filter((address) => address !== "");
/** Nor `fetch`, which has a client of its own; nor TLS where no meter asks for it. */
const clientOf = (address) => process.getBuiltinModule(address.startsWith("https:") ? "node:https" : "node:http");
const read = (address) =>
  new Promise((resolve, reject) => {
    const asked = clientOf(address).get(address, { agent: false }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (more) => {
        text += more;
      });
      answer.on("end", () => resolve(JSON.parse(text))).on("error", reject);
    });
    asked.on("error", reject);
  });
const readMeters = () => Promise.all(meters.map(read));
let written = [];
if (meters.length > 0) {
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream);
    stream.write = (chunk, ...rest) => {
      written.push(Buffer.from(chunk).toString());
      return write(chunk, ...rest);
    };
  }
}
/** Whoever makes the file has the event. */
const claim = (index) => {
  try {
    closeSync(openSync(`${events}.${index}`, "wx"));
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
};
const startCpuMs = cpu();
const metersBefore = await readMeters();
const invocations = [];
const timeout = Number(process.env["BENCH_TIMEOUT"] ?? 900) * 1000;
const invoke = async (event) => {
  written = [];
  const begun = performance.now();
  const cpuBegun = cpu();
  const context = {
    awsRequestId: `bench-${invocations.length}`,
    getRemainingTimeInMillis: () => timeout - (performance.now() - begun),
  };
  const result = await handler(event, context);
  const took = {
    begunAt: performance.timeOrigin + begun,
    milliseconds: performance.now() - begun,
    cpuMs: cpu() - cpuBegun,
  };
  const lines = written.join("").split("\n");
  invocations.push({ ...took, result, meters: await readMeters(), lines: lines.filter((line) => line !== "") });
};
for (const [index, event] of JSON.parse(readFileSync(events, "utf8")).entries()) {
  if (!claim(index)) continue;
  await invoke(event);
}
// The ticks of several processes come to the one that is first through with the events; and to the last, which may leave files to a
// tick when the first has found nothing open and is gone.
const journal = process.env["BENCH_UNTIL_DONE"];
const processes = Number(process.env["BENCH_PROCESSES"] ?? 1);
const isFirst = claim("through-0");
const isLast =
  !isFirst && !Array.from({ length: processes - 2 }, (_, index) => index + 1).some((n) => claim(`through-${n}`));
if (journal && (isFirst || isLast)) {
  const isOpen = async () => (await read(journal)).open > 0;
  for (let turn = 0; turn < 100 && (await isOpen()); turn++) {
    const before = performance.now();
    await invoke({ action: "tick" });
    // What isn't due yet, or is still another environment's.
    if (performance.now() - before < 500) await new Promise((resolve) => setTimeout(resolve, 500));
  }
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
