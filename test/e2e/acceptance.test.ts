/** `npm run acceptance` against the local stack: the code that an account of AWS is accepted with, and what it does when it is interrupted. */
import { spawn } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { temporaryFolder } from "../stack/temporary.ts";
import { repository, tools } from "../stack/tools.ts";

/** Runs it, with `hear` for each line that it prints; resolves with its status, what it printed and its report. */
const accept = async (t: ExecutionContext, hear: (line: string, interrupt: () => void) => void = () => {}) => {
  const folder = temporaryFolder("acceptance-test");
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "report.md");
  const args = [join(repository, "test/acceptance/main.ts"), "--emulator", "--size", "6", "--report", path];
  const child = spawn(tools().node, args, { stdio: ["ignore", "pipe", "pipe"] });
  t.teardown(() => void child.kill("SIGTERM"));
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      said += chunk;
      for (const line of chunk.toString().split("\n")) hear(line, () => void child.kill("SIGINT"));
    });
  const status = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { status, said, report: readFileSync(path, "utf8") };
};

test("the acceptance passes on the local stack, and its report has every step and figure", async (t) => {
  t.timeout(900_000);
  const { status, said, report } = await accept(t);
  t.is(status, 0, said);
  t.false(report.includes("**no**"), report);
  for (const step of [
    "terraform apply",
    "a second plan changes nothing",
    "files cross from S3 to the partner",
    "files cross from the partner to S3",
    "a file of 6 MiB crosses to the partner",
    "a file of 6 MiB crosses to S3",
    "the alarm dead-letters",
    "the alarm of errors",
    "the alarm of the tick",
    "the bridge is gone again",
    "the partner is gone again",
  ])
    t.true(report.includes(step), `${step}:\n${report}`);
  t.regex(report, /\| invocations \| \d+ \|/);
  t.regex(report, /memory used at most, of \| \d+ MB of 512 MB/);
  t.regex(report, /against the emulator/);
});

test("an acceptance that is interrupted removes all that it has made, and says that it isn't one", async (t) => {
  t.timeout(900_000);
  const { status, said, report } = await accept(t, (line, interrupt) => {
    if (line.includes("files cross from S3")) interrupt();
  });
  t.is(status, 1, said);
  t.regex(said, /interrupted by SIGINT/);
  for (const what of ["the bridge", "the secret", "the partner"])
    t.regex(report, new RegExp(`\\| ${what} is gone again \\| yes \\|`), report);
  t.regex(said, /NOT accepted/);
});
