/** Processes of the benchmark: servers that run until the end, and commands that are measured. */
import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

const servers = new Set<ChildProcess>();

/** Ends every server that is still running. */
export const stopServers = async (): Promise<void> => {
  await Promise.all([...servers].map(stop));
};

export const stop = async (server: ChildProcess): Promise<void> => {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = new Promise((resolve) => server.once("exit", resolve));
  server.kill("SIGTERM");
  const timer = setTimeout(() => server.kill("SIGKILL"), 3_000);
  await ended;
  clearTimeout(timer);
  // A session of sshd's may outlive it, and holds the pipes that it got.
  server.stdout?.destroy();
  server.stderr?.destroy();
  servers.delete(server);
};

/** Starts a server and resolves once `ready` does. Its output goes to `log`, of which an early end's error quotes the last lines. */
export const startServer = async (
  command: readonly string[],
  options: { readonly log: string; readonly ready: () => Promise<boolean>; readonly env?: Record<string, string> },
): Promise<ChildProcess> => {
  const [program = "", ...args] = command;
  const log = createWriteStream(options.log, { flags: "a" });
  // Ended by the kernel where this process ends without having ended it.
  const watched = ["--pdeathsig", "TERM", program, ...args];
  const server = spawn("setpriv", watched, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...options.env },
  });
  server.stdout.pipe(log);
  server.stderr.pipe(log);
  server.on("error", () => {});
  servers.add(server);
  for (let turn = 0; turn < 200; turn++) {
    if (server.exitCode !== null || server.pid === undefined)
      throw new Error(`${command.join(" ")} ended at once: ${readFileSync(options.log, "utf8").slice(-1_000)}`);
    if (await options.ready()) return server;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await stop(server);
  throw new Error(`${command.join(" ")} didn't answer within 10 s: ${readFileSync(options.log, "utf8").slice(-1_000)}`);
};

/** The kernel ended the command: its box has less memory than it wanted. */
export class KilledForMemory extends Error {
  override readonly name = "KilledForMemory";
}

/** What a command took, by the kernel's account of the ended process. */
export interface Measured {
  /** Seconds. */
  readonly wall: number;
  /** User and system seconds. */
  readonly cpu: number;
  /** Peak resident bytes. */
  readonly memory: number;
}

export interface MeasureOptions {
  readonly native: string;
  readonly folder: string;
  /** Seconds after which the command is ended and counts as failed. */
  readonly timeout: number;
  readonly env?: Record<string, string>;
  readonly input?: string;
}

/** Runs a command under the kernel's eyes. Throws with its last words where it fails or takes too long. */
export const measure = (command: readonly string[], options: MeasureOptions): Promise<Measured & { output: string }> =>
  new Promise((resolve, reject) => {
    const result = join(options.folder, "measured.json");
    rmSync(result, { force: true });
    const child = spawn(options.native, ["measure", result, ...command], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...options.env },
      detached: true, // a process group of its own, so that a time-out ends the command and not only its parent
    });
    const words: string[] = [];
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-100_000);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      words.push(text);
      if (words.length > 50) words.shift();
    });
    const timer = setTimeout(() => {
      words.push(`ended after ${options.timeout} s`);
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    }, options.timeout * 1000);
    child.on("error", reject);
    child.on("close", () => {
      clearTimeout(timer);
      // The end only: Node quotes the bundle's line, which is as long as the bundle.
      const said = `${output.slice(-500)}\n${words.join("").slice(-800)}`.trim();
      try {
        const { status, ...measured } = JSON.parse(readFileSync(result, "utf8")) as Measured & { status: number };
        if (status === 0) resolve({ ...measured, output: output + words.join("") });
        else if (status === 137 || status === -1)
          reject(new KilledForMemory(`killed: ${command.slice(0, 3).join(" ")}`));
        else reject(new Error(`${command.slice(0, 3).join(" ")} … failed with status ${status}:\n${said}`));
      } catch (error) {
        reject(new Error(`${command.slice(0, 3).join(" ")} … was not measured:\n${said}`, { cause: error }));
      }
    });
  });
