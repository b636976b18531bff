// `npm run setup`: makes a fresh clone ready; `--json` prints the paths of the tools on the last line, for the stack.
import { setup } from "./setup/index.mjs";

const json = process.argv.includes("--json");
// With --json, standard output is for the reader of the JSON alone.
if (json) console.log = console.error;
try {
  const tools = await setup();
  if (json) process.stdout.write(`${JSON.stringify(tools)}\n`);
  else console.log("Everything is in place.");
} catch (error) {
  console.error(`Setup failed: ${error.message}`);
  process.exitCode = 1;
}
