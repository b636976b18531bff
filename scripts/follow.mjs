// Programs whose lines are shown as they come, and counted.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A run that failed without a failed test, or in which nothing ran, counts as one failure. */
export function counted(status, counts) {
  const nothingRan = counts.passed + counts.failed === 0;
  if ((status !== 0 || nothingRan) && counts.failed === 0) {
    console.log(nothingRan ? "No test ran." : `Ended with status ${status} although no test failed.`);
    return { ...counts, failed: 1 };
  }
  return counts;
}

export function sum(lines, pattern) {
  return lines.reduce((total, line) => total + Number(pattern.exec(line)?.[1] ?? 0), 0);
}

/**
 * Runs a program to its end, printing its lines (or giving them to `onLine`) unless `quiet`, and resolves with its status and lines.
 * Ctrl-C reaches it as well as us (one terminal, one process group); a signal to us alone is passed on.
 */
export function follow(command, args, { cwd, env, quiet = false, onLine = console.log }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    const lines = [];
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on("line", (line) => {
        lines.push(line);
        if (!quiet) onLine(line);
      });
    const pass = (signal) => child.kill(signal);
    process.on("SIGINT", pass).on("SIGTERM", pass);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      process.off("SIGINT", pass).off("SIGTERM", pass);
      if (signal === "SIGINT" || signal === "SIGTERM" || code === 130) {
        console.log("Interrupted.");
        process.exit(130);
      }
      resolve({ status: code ?? 1, lines });
    });
  });
}
