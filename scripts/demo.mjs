// `npm run demo`: sets up what is missing, then runs the demo itself on Node 24; `-- --keep` leaves it running.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { readOptions } from "./demo/options.mjs";
import { root, setup } from "./setup/index.mjs";

try {
  // Before the first run's minutes of setting up.
  readOptions(process.argv.slice(2));
} catch (error) {
  console.error(error.message);
  process.exit(2);
}
try {
  const { node } = await setup();
  const demo = fileURLToPath(new URL("demo/main.ts", import.meta.url));
  const child = spawn(node, [demo, ...process.argv.slice(2)], { cwd: root, stdio: "inherit" });
  // The demo stops what it started, and we wait for that. A signal to us alone has to reach it as well; of Ctrl-C, which
  // reaches both, it hears twice, and takes that for one.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("close", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 1)));
} catch (error) {
  console.error(`Setup failed: ${error.message}`);
  process.exitCode = 1;
}
