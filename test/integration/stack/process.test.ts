import { existsSync, mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { removal, supervise } from "../../stack/process.ts";
import { until } from "../../stack/temporary.ts";

const env = { PATH: process.env["PATH"] };
const folderOf = (name: string) => mkdtempSync(join(tmpdir(), `supervised ${name}'s-`));

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

test("a program's status and output are its own", async (t) => {
  const program = supervise("sh", ["-c", "echo said; exit 7"], { env });
  const output: Buffer[] = [];
  program.child.stdout?.on("data", (chunk: Buffer) => output.push(chunk));
  t.is(await program.exited, 7);
  t.is(Buffer.concat(output).toString(), "said\n");
});

test("programs that end at once are seen to end", async (t) => {
  const statuses = await Promise.all(Array.from({ length: 30 }, () => supervise("false", [], { env }).exited));
  t.deepEqual(new Set(statuses), new Set([1]));
});

test("a program that doesn't exist ends with 127 and says so", async (t) => {
  const program = supervise("/no/such/program", [], { env });
  const errors: Buffer[] = [];
  program.child.stderr?.on("data", (chunk: Buffer) => errors.push(chunk));
  t.is(await program.exited, 127);
  t.regex(Buffer.concat(errors).toString(), /no\/such\/program/);
});

test("what it leaves to be done at the end is done, with an awkward folder name", async (t) => {
  const folder = folderOf("end");
  mkdirSync(join(folder, "below"));
  const program = supervise("true", [], { env, atEnd: removal(folder, join(folder, "below")) });
  t.is(await program.exited, 0);
  t.false(existsSync(folder));
});

test("stop ends children that have left the process group, and one that ignores TERM", async (t) => {
  const folder = folderOf("family");
  const pids = ["group", "session", "stubborn"].map((name) => join(folder, name));
  const script = `
    sleep 60 & echo $! > "$1"
    setsid sleep 60 & echo $! > "$2"
    sh -c 'trap "" TERM; echo $$ > "$0"; while :; do sleep 0.1; done' "$3" &
    wait`;
  const program = supervise("sh", ["-c", script, "sh", ...pids], { env });
  const started = await until("all three to start", 10, () => {
    const found = pids.map((path) => (existsSync(path) ? Number(readFileSync(path, "utf8")) : 0));
    return found.every((pid) => pid > 0) ? found : undefined;
  });
  t.deepEqual(started.map(isRunning), [true, true, true]);
  await program.stop();
  await until("the last to be gone", 2, () => !started.some(isRunning) || undefined).catch(() => undefined);
  t.deepEqual(started.map(isRunning), [false, false, false]);
});

test("stop after the end does nothing", async (t) => {
  const program = supervise("true", [], { env });
  await program.exited;
  await t.notThrowsAsync(program.stop());
});
