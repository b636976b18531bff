/**
 * The fault suite (test/faults) on moto: the real handler in processes of its own, a real partner, and everything that goes wrong.
 * On the other emulator it runs with the end-to-end tests.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { buildProgram } from "../faults/program.ts";
import { runSeed } from "../faults/scenario.ts";
import { partBytes } from "../faults/world.ts";
import { temporaryFolder } from "../stack/temporary.ts";
import { startEmulator } from "./emulator.ts";

for (const seed of [1, 12]) {
  test.serial(`moto: everything goes wrong, and nothing is lost or half-written: seed ${seed}`, async (t) => {
    const folder = temporaryFolder("faults");
    const [stack, program] = await Promise.all([
      startEmulator("moto", { leastPart: partBytes }),
      buildProgram(join(folder, "program")),
    ]);
    t.teardown(async () => {
      await stack.stop();
      await rm(folder, { recursive: true, force: true });
    });
    const report = await runSeed(seed, { stack, program, log: join(folder, "function.log") });
    t.deepEqual(report.violations, []);
    t.true((report.figures["versions delivered"] ?? 0) > 0);
    t.true((report.figures["versions pulled"] ?? 0) > 0);
  });
}
