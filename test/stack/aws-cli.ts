// The aws CLI that comes with the stack's Python, for people and for what no SDK client is installed for.
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Stack } from "./emulator.ts";
import { tools } from "./tools.ts";

const run = promisify(execFile);

/** Writes a command `aws` into `folder`, which is made where missing, and returns the folder, for PATH. */
export function installAwsCli(folder: string): string {
  mkdirSync(folder, { recursive: true });
  // Said twice, as version 1 of the CLI asks the old address of SQS whatever the environment says.
  const script = `#!/bin/sh\nexec "${tools().python}" -m awscli \${AWS_ENDPOINT_URL:+--endpoint-url "$AWS_ENDPOINT_URL"} "$@"\n`;
  writeFileSync(join(folder, "aws"), script, { mode: 0o755 });
  return folder;
}

/** Runs `aws <args>` as the account's root and returns its answer; throws with what it printed where it fails. */
export async function aws(stack: Stack, ...args: readonly string[]): Promise<unknown> {
  const { stdout } = await run(
    tools().python,
    ["-m", "awscli", "--endpoint-url", stack.endpoint, ...args, "--output", "json"],
    {
      env: { ...stack.env, PATH: process.env["PATH"], HOME: stack.folder },
    },
  );
  return stdout.trim() === "" ? undefined : JSON.parse(stdout);
}
