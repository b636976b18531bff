// `npm run test:busy`: the tests beside loops that keep all cores busy, as on a machine that others use:
// `npm run test:busy -- [--loops 12] [--nice 10] [phase [files]]`.
import { spawn } from "node:child_process";
import { availableParallelism, loadavg, setPriority } from "node:os";
import { parseArgs } from "node:util";
import { follow } from "./follow.mjs";

const { values, positionals } = parseArgs({
  options: { loops: { type: "string", default: "12" }, nice: { type: "string", default: "10" } },
  allowPositionals: true,
});
const [loops, nice] = [Number(values.loops), Number(values.nice)];
if (!(Number.isInteger(loops) && loops >= 1 && loops <= 100 && Number.isInteger(nice) && nice >= 0 && nice <= 19)) {
  console.error("--loops takes 1 to 100, --nice 0 to 19");
  process.exit(2);
}
// Each ends by itself once this process is gone, however it went.
const loop =
  "const p=process.ppid;for(;;){const t=Date.now();while(Date.now()-t<1000);if(process.ppid!==p)process.exit()}";
const busy = Array.from({ length: loops }, () => spawn(process.execPath, ["-e", loop], { stdio: "ignore" }));
for (const { pid } of busy) setPriority(pid, nice);
console.log(`${loops} loops (nice ${nice}) keep ${availableParallelism()} cores busy`);
const load = setInterval(() => console.log(`load ${loadavg()[0].toFixed(1)}`), 300_000);
const { status } = await follow(process.execPath, ["scripts/test.mjs", ...positionals], {
  cwd: `${import.meta.dirname}/..`,
  env: process.env,
});
clearInterval(load);
for (const one of busy) one.kill();
process.exitCode = status ?? 1;
