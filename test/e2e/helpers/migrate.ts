// `npm run migrate` as a user runs it, and the commands that it prints.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { installAwsCli } from "../../stack/aws-cli.ts";
import type { Stack } from "../../stack/index.ts";
import { repository, tools } from "../../stack/tools.ts";

const run = promisify(execFile);

export type Ran = { readonly status: number; readonly out: string; readonly err: string };

const environment = (stack: Stack) => ({
  ...stack.env,
  PATH: `${installAwsCli(join(stack.folder, "commands"))}:${process.env["PATH"]}`,
  HOME: stack.folder,
});

/** Runs the command; its exit status is an answer, not an error. */
export async function runMigrate(stack: Stack, ...args: readonly string[]): Promise<Ran> {
  try {
    const { stdout, stderr } = await run(process.execPath, [join(repository, "scripts/migrate.ts"), ...args], {
      cwd: stack.folder,
      env: environment(stack),
    });
    return { status: 0, out: stdout, err: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { status: code, out: stdout, err: stderr };
  }
}

/** Runs a command line in bash; throws where any part of it fails. */
export async function shell(stack: Stack, command: string, cwd = stack.folder): Promise<string> {
  const { stdout } = await run("bash", ["--norc", "-eo", "pipefail", "-c", command], { cwd, env: environment(stack) });
  return stdout;
}

/** What the HCL lists below "To do:", without the dashes. */
export const stepsIn = (hcl: string): string[] =>
  (/^# To do:\n((?:# - .*\n)+)/m.exec(hcl)?.[1] ?? "")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.replace(/^# - /, ""));

/** `terraform fmt` has nothing to change in it. */
export async function isFormatted(stack: Stack, file: string): Promise<boolean> {
  try {
    await run(tools().terraform, ["fmt", "-check", file], { cwd: stack.folder });
    return true;
  } catch {
    return false;
  }
}
