// The kinds of tests. Each runs as its own program, prints as it goes, and gives back how many passed and failed.
import { delimiter, dirname, join } from "node:path";
import { counted, follow, sum } from "./follow.mjs";
import { runModuleTests, runVersions } from "./module-tests.mjs";
import { redsOfAva } from "./reds.mjs";
import { cacheDir } from "./setup/cache.mjs";

/** Names of the phases, in the order that they run in: the fastest to fail first. */
export const phaseNames = ["unit", "integration", "emulators", "module", "versions", "e2e"];

/** ava's options of each of its phases: which tests, and how long one of their files may be silent. */
const avaPhases = {
  // Many files in each worker (test/parts); those that are asked for by name have workers of their own.
  unit: { options: ["--config", "ava.unit.config.js"], files: [], named: ["--timeout=3m"] },
  // One file at a time: several measure what happens within seconds of real time.
  integration: { options: ["--concurrency=1"], files: ["test/integration/**/*.test.ts"] },
  emulators: { options: ["--config", "ava.emulators.config.js"], files: [] },
  e2e: { options: ["--config", "ava.e2e.config.js"], files: [] },
};

/**
 * Runs the phase `name` with what `setup` returned; `files` limits it to some test files.
 * Resolves with `{ passed, failed, skipped, reds }`: `reds` tell what failed, as `redsOfAva`.
 */
export function runPhase(name, root, tools, files = []) {
  if (Object.hasOwn(avaPhases, name)) return runAva(avaPhases[name], root, tools, files);
  return name === "versions" ? runVersions(root, tools, files) : runModuleTests(root, tools, files);
}

async function runAva(phase, root, tools, files) {
  const bin = join(root, "node_modules/.bin");
  const args = [
    join(root, "node_modules/ava/entrypoints/cli.js"),
    ...((files.length > 0 && phase.named) || phase.options),
    ...(files.length > 0 ? files : phase.files),
  ];
  // ava starts its workers with the Node that is first on PATH as well as with its own.
  // Last: programs of the cache, for a machine that has none.
  const path = [bin, process.env.PATH, dirname(tools.openssh.keygen), dirname(tools.puttygen), dirname(tools.gnupg)];
  // What Node compiles, and the types that it strips, are kept: a test file begins in half the time.
  const env = { ...process.env, NODE_COMPILE_CACHE: join(cacheDir(), "compiled"), PATH: path.join(delimiter) };
  const { status, lines } = await follow(tools.node, args, { cwd: root, env });
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
