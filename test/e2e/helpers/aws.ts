// The aws CLI on the stack, for services whose SDK client nothing else here needs.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Stack } from "../../stack/index.ts";
import { tools } from "../../stack/tools.ts";

const run = promisify(execFile);

/** Runs `aws <args>` as the account's root and returns its parsed JSON; throws with what it said. */
export async function aws(stack: Stack, ...args: string[]): Promise<unknown> {
  const { stdout } = await run(tools().python, ["-m", "awscli", "--output", "json", ...args], {
    env: { ...stack.env, PATH: process.env["PATH"], HOME: stack.folder },
    maxBuffer: 16 << 20,
  });
  return stdout.trim() === "" ? undefined : JSON.parse(stdout);
}
