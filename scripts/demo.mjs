// `npm run demo`: sets up what is missing, then runs the demo itself on Node 24; `-- --keep` leaves it running.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { root, setup } from "./setup/index.mjs";

try {
  const { node } = await setup();
  const demo = fileURLToPath(new URL("demo/main.ts", import.meta.url));
  const child = spawn(node, [demo, ...process.argv.slice(2)], { cwd: root, stdio: "inherit" });
  // Ctrl-C reaches the demo as well; it stops what it started, and we wait for that.
  process.on("SIGINT", () => undefined);
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("close", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 1)));
} catch (error) {
  console.error(`Setup failed: ${error.message}`);
  process.exitCode = 1;
}
