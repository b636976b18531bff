// Runs a program to its end and keeps what it said, for the error if it fails.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const kept = 200;

/**
 * Runs `command` with `args` and resolves with its standard output. `onLine` hears every line of both outputs.
 * Throws with the last lines of its output where it can't be started, fails or takes longer than `timeout` (ms).
 */
export function run(command, args, { cwd, env, onLine, timeout } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      timeout,
    });
    const output = [];
    const tail = [];
    const listen = (stream, isOutput) =>
      createInterface({ input: stream }).on("line", (line) => {
        if (isOutput) output.push(line);
        tail.push(line);
        if (tail.length > kept) tail.shift();
        onLine?.(line);
      });
    listen(child.stdout, true);
    listen(child.stderr, false);
    const failed = (how) =>
      reject(new Error(`${[command, ...args].join(" ")} ${how}\n${tail.slice(-20).join("\n")}`.trim()));
    child.on("error", (error) => failed(error.code === "ENOENT" ? "is not installed" : error.message));
    child.on("close", (code, signal) =>
      code === 0
        ? resolve(output.join("\n"))
        : failed(signal ? `was ended by ${signal}` : `failed with status ${code}`),
    );
  });
}

/** The path of a program on PATH, or undefined. */
export async function which(program) {
  return run("sh", ["-c", 'command -v "$1"', "sh", program]).catch(() => undefined);
}
