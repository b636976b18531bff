// `.ci/run`: all tests and all checks, each check counted as one, with the time that each part took.

import { follow } from "./follow.mjs";
import { linters, Skip } from "./linters.mjs";
import { phaseNames, runPhase } from "./phases.mjs";
import { root, setup } from "./setup/index.mjs";
import { seconds } from "./setup/report.mjs";
import { inSlot } from "./slots.mjs";
import { summary } from "./summary.mjs";

const started = Date.now();
const run = summary();
let tools;
await run.part("setup", async () => {
  tools = await setup();
  return { passed: 1, failed: 0 };
});
if (tools !== undefined) {
  const look = ({ title, check }) =>
    run.part(title, async () => {
      try {
        await check();
        return { passed: 1, failed: 0 };
      } catch (error) {
        if (!(error instanceof Skip)) throw error;
        console.log(`Not checked: ${error.message}`);
        return { passed: 0, failed: 0, skipped: 1 };
      }
    });
  const inTurn = async (checks) => {
    for (const check of checks) await look(check);
  };
  const demo = () =>
    run.part("npm run demo -- --break password", async () => {
      const { status } = await follow(process.execPath, ["scripts/demo.mjs", "--break", "password"], {
        cwd: root,
        env: process.env,
      });
      return { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1 };
    });
  const phase = (name) => run.part(`${name} tests`, () => runPhase(name, root, tools));
  const inPhases = async (...names) => {
    for (const name of names) await phase(name);
  };
  // Two cores: checkov takes minutes of one, as long as all the others, the demo, and tests that measure nothing.
  const checks = linters(root, tools);
  const isLong = ({ title }) => title === "checkov";
  await Promise.all([
    inTurn(checks.filter(isLong)),
    inTurn(checks.filter((check) => !isLong(check)))
      .then(demo)
      .then(() => inPhases("unit", "emulators")),
  ]);
  // Of one queue for two cores: by themselves each would leave one idle, integration as one file at a time, the others at their ends.
  await Promise.all([inSlot(() => phase("integration")), phase("module"), phase("versions")]);
  await inPhases(
    ...phaseNames.filter((name) => !["unit", "emulators", "integration", "module", "versions"].includes(name)),
  );
}
console.log(`\nAll of it took ${seconds(started)}.`);
run.finish();
