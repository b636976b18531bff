// `npm run test:faults`: the fault suite's long form. `-- --seeds 200 --from 1 --jobs 2`; `-- --seed 17` runs one again and
// keeps what the function printed.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startStack } from "../stack/index.ts";
import { buildProgram } from "./program.ts";
import { type Report, runSeed } from "./scenario.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    seeds: { type: "string", default: "200" },
    from: { type: "string", default: "1" },
    jobs: { type: "string", default: "2" },
  },
});
const first = Number(values.seed ?? values.from);
const count = values.seed === undefined ? Number(values.seeds) : 1;

const folder = mkdtempSync(join(tmpdir(), "bridge-faults-"));
const program = await buildProgram(join(folder, "program"));
const stack = await startStack();
const waiting = Array.from({ length: count }, (_, index) => first + index);
const reports: Report[] = [];
const failed: number[] = [];

const work = async (): Promise<void> => {
  for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift()) {
    const log = join(folder, `${seed}.log`);
    try {
      const report = await runSeed(seed, { stack, program, log });
      reports.push(report);
      if (report.violations.length > 0) failed.push(seed);
      const { figures } = report;
      console.log(
        `seed ${seed}: ${report.violations.length === 0 ? "ok" : "FAILED"} in ${report.seconds.toFixed(1)} s, ${figures["versions delivered"]} delivered, ${figures["delivered again"]} again, ${figures["versions pulled"]} pulled, ${figures["invocations"]} invocations`,
      );
      for (const violation of report.violations) console.log(`  ${violation}`);
      if (report.violations.length > 0 || values.seed !== undefined) console.log(`  log: ${log}`);
    } catch (error) {
      failed.push(seed);
      console.log(`seed ${seed}: FAILED`, error, `\n  log: ${log}`);
    }
  }
};
await Promise.all(Array.from({ length: Number(values.jobs) }, work));
await stack.stop();

const totals: Record<string, number> = {};
for (const { figures } of reports)
  for (const [name, value] of Object.entries(figures)) totals[name] = (totals[name] ?? 0) + value;
console.log(`\n${reports.length} seeds:`);
for (const [name, value] of Object.entries(totals)) console.log(`  ${name}: ${value}`);
if (failed.length > 0) {
  console.log(`\nFAILED: ${failed.join(", ")}. Again: npm run test:faults -- --seed ${failed[0]}`);
  process.exitCode = 1;
} else {
  console.log("\nAll invariants held.");
  rmSync(folder, { recursive: true, force: true });
}
