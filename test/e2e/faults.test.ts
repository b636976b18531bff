/** The fault suite's short form: a few seeds of `npm run test:faults`, each a run of its own with real servers. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { buildProgram } from "../faults/program.ts";
import { runSeed } from "../faults/scenario.ts";
import { type Stack, startStack } from "../stack/index.ts";
import { temporaryFolder } from "../stack/temporary.ts";

let stack: Stack;
let program: string;
const folder = temporaryFolder("faults");

test.before(async () => {
  [stack, program] = await Promise.all([startStack(), buildProgram(join(folder, "program"))]);
});
test.after.always(async () => {
  await stack?.stop();
  await rm(folder, { recursive: true, force: true });
});

// Chosen for what goes wrong in them: killed functions, a server that goes down, a full disk, missing permissions.
for (const seed of [1, 7, 8, 12]) {
  test.serial(
    `everything goes wrong, and nothing is lost, half-written, or sent twice without need: seed ${seed}`,
    async (t) => {
      const report = await runSeed(seed, { stack, program, log: join(folder, `${seed}.log`) });
      t.deepEqual(report.violations, [], `npm run test:faults -- --seed ${seed}`);
      t.true((report.figures["versions delivered"] ?? 0) > 0);
      t.true((report.figures["looks at the inbox"] ?? 0) > 100);
    },
  );
}
