// `npm test`: sets up what is missing and runs all tests, or one phase: `node scripts/test.mjs unit [files]`.
import { phaseNames, runPhase } from "./phases.mjs";
import { root, setup } from "./setup/index.mjs";
import { summary } from "./summary.mjs";

const [phase, ...files] = process.argv.slice(2);
if (phase !== undefined && !phaseNames.includes(phase)) {
  console.error(`There are no ${phase} tests; there are: ${phaseNames.join(", ")}`);
  process.exit(2);
}
let tools;
try {
  tools = await setup();
} catch (error) {
  console.error(`Setup failed: ${error.message}`);
  process.exit(1);
}
const run = summary();
for (const name of phase === undefined ? phaseNames : [phase])
  await run.part(`${name} tests`, () => runPhase(name, root, tools, files));
run.finish();
