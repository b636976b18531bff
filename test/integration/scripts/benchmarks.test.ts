/** The benchmarks that take seconds run to their end: no other test runs them, and what they measure changes below them. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import test from "ava";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../../..");

/** What a benchmark prints. It waits for one that already runs on this machine. */
const printed = async (script: string, ...words: string[]): Promise<string> =>
  (await run(process.execPath, [join(root, "test/bench", script), ...words], { timeout: 540_000 })).stdout;

test.serial("the start's benchmark tells of the first byte each way, and of an empty poll", async (t) => {
  t.timeout(600_000);
  const text = await printed("start.ts", "--runs", "1");
  const milliseconds = [...text.matchAll(/(\d+) ms/g)].map(([, value]) => Number(value));
  t.true(milliseconds.length >= 9, text);
  for (const value of milliseconds) t.true(value > 0, text);
  t.regex(text, /first byte of a pull, read from the partner: \d+ ms/);
  t.regex(text, /first byte of a push, read from S3: \d+ ms/);
  t.regex(text, /journal, for each of the two: \d+ requests/);
});

test.serial("a file made up as it is read arrives right, and the memory's peak is told", async (t) => {
  t.timeout(600_000);
  const text = await printed("memory.ts", "--gigabytes", "0.05");
  t.regex(text, /push 0\.05 GB: peak \d+ MB/);
  t.regex(text, /pull 0\.05 GB: peak \d+ MB/);
  t.regex(text, /Every byte of both was the right one/);
});
