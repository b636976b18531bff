/**
 * `npm run test:fuzz -- --seeds 1-2000`: a server that answers by chance, over real SSH connections, and all that a stream does
 * at it. Fails with an error that isn't plain, an exception or a rejection that nobody waits for, a deed that doesn't end, or
 * memory beyond 200 MB. Prints how to run a failing seed again.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { SftpConfig } from "../../lambda/src/config/types.ts";
import { runSeed } from "./run.ts";

const { values } = parseArgs({ options: { seeds: { type: "string", default: "1-2000" } } });
const [first = 1, last = first] = values.seeds.split("-").map(Number);
if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last) || last < first) {
  console.error("--seeds wants a range such as 1-2000, or one seed");
  process.exit(2);
}
const maxMemory = 200e6;

const server = fork(fileURLToPath(new URL("./server.ts", import.meta.url)), {
  stdio: ["ignore", "ignore", "ignore", "ipc"],
});
process.once("exit", () => server.kill());

let seed = first;
const failures = new Map<number, unknown>();
const fail = (error: unknown) => {
  if (failures.has(seed)) return;
  failures.set(seed, error);
  console.log(`seed ${seed}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  console.log(`  again: npm run test:fuzz -- --seeds ${seed}`);
};
process.on("uncaughtException", (error) => fail(new Error("nobody waits for this exception", { cause: error })));
process.on("unhandledRejection", (reason) => fail(new Error("nobody waits for this rejection", { cause: reason })));

let peak = 0;
const measure = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage().rss);
  if (peak > maxMemory) fail(new Error(`${Math.round(peak / 1e6)} MB of memory`));
}, 20);
const began = performance.now();
let slowest = { seed: first, ms: 0 };

for (; seed <= last; seed++) {
  server.send(seed);
  const [{ config }] = (await once(server, "message")) as [{ config: SftpConfig }];
  const start = performance.now();
  await runSeed(seed, config).catch(fail);
  const ms = performance.now() - start;
  if (ms > slowest.ms) slowest = { seed, ms };
  if (seed % 100 === 0) console.log(`seed ${seed}: ${failures.size} failed, ${Math.round(peak / 1e6)} MB at most`);
}
clearInterval(measure);
console.log(
  `${last - first + 1} seeds, ${failures.size} failed, in ${Math.round((performance.now() - began) / 1000)} s; ${Math.round(peak / 1e6)} MB at most; the slowest is ${slowest.seed} with ${(slowest.ms / 1000).toFixed(1)} s`,
);
if (failures.size > 0) console.log(`failed: ${[...failures.keys()].join(" ")}`);
process.exit(failures.size > 0 ? 1 : 0);
