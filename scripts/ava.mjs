// Runs test files with ava, and counts what passed and failed.
import { readdirSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { counted, follow, sum } from "./follow.mjs";
import { redsOfAva } from "./reds.mjs";
import { cacheDir } from "./setup/cache.mjs";

/** More files than these are no accident: none of them runs again. */
const mostAgain = 3;

/**
 * Runs a phase's files, or `files`, and resolves with `{ passed, failed, skipped, reds, again }`: `reds` is `redsOfAva` where
 * something failed.
 *
 * Of a phase that runs servers and processes in real time (`realTime`, its folder) a whole run has thousands of tests, and a machine
 * that stands still for ten seconds fails one of them. So up to three files that failed run once more, by themselves. What fails again
 * has failed. What passes then has passed, and is not hidden: `again` has its names, and the summary shows them as work to do.
 */
export async function runAva(phase, root, tools, files = []) {
  const options = (files.length > 0 && phase.named) || phase.options;
  const first = await runFiles(root, tools, [...options, ...(files.length > 0 ? files : phase.files)]);
  const failed = files.length === 0 && phase.realTime ? failedFiles(root, phase.realTime, first.reds?.names ?? []) : [];
  if (first.failed === 0 || failed.length === 0 || failed.length > mostAgain) return first;
  console.log(`\n━━ once more, by themselves: ${failed.join(", ")}`);
  const second = await runFiles(root, tools, [...options, "--concurrency=1", ...failed]);
  if (second.failed > 0) return first;
  return { ...first, passed: first.passed + first.failed, failed: 0, reds: undefined, again: first.reds.names };
}

/** The files in `folder` that `names` are of, as ava writes them; none where one of them can't be told. */
function failedFiles(root, folder, names) {
  const all = readdirSync(join(root, folder), { recursive: true })
    .filter((file) => file.endsWith(".test.ts"))
    .map((file) => `${folder}/${file}`);
  const titleOf = (file) => `${file.slice(folder.length + 1, -".test.ts".length).replaceAll("/", " › ")} › `;
  const found = names.map((name) =>
    all.find((file) => name.includes(file) || name.replace(/^ {2}✘ \[\w+\]: /, "").startsWith(titleOf(file))),
  );
  return found.includes(undefined) ? [] : [...new Set(found)];
}

async function runFiles(root, tools, args) {
  const bin = join(root, "node_modules/.bin");
  // ava starts its workers with the Node that is first on PATH as well as with its own.
  // Last: programs of the cache, for a machine that has none.
  const programs = [tools.openssh.keygen, tools.puttygen, tools.gnupg, ...tools.archivers];
  const path = [bin, process.env.PATH, ...programs.map((program) => dirname(program))];
  // What Node compiles, and the types that it strips, are kept: a test file begins in half the time.
  const env = { ...process.env, NODE_COMPILE_CACHE: join(cacheDir(), "compiled"), PATH: path.join(delimiter) };
  const ava = join(root, "node_modules/ava/entrypoints/cli.js");
  const { status, lines } = await follow(tools.node, [ava, ...args], { cwd: root, env });
  const counts = counted(status, {
    // A line per test: ava sums up what passed only where nothing failed.
    passed: lines.filter((line) => /^ {2}✔ /.test(line)).length,
    failed:
      sum(lines, /^\s*(\d+) (?:tests?|hooks?) failed$/) +
      sum(lines, /^\s*(\d+) (?:uncaught exceptions?|unhandled rejections?)$/),
    skipped: sum(lines, /^\s*(\d+) tests? (?:skipped|todo)$/),
  });
  return { ...counts, reds: counts.failed > 0 ? redsOfAva(lines) : undefined };
}
