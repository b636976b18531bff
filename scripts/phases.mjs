// The kinds of tests. Each runs as its own program, prints as it goes, and gives back how many passed and failed.
import { runAva } from "./ava.mjs";
import { runModuleTests, runVersions } from "./module-tests.mjs";

/** Names of the phases, in the order that they run in: the fastest to fail first. */
export const phaseNames = ["unit", "integration", "emulators", "module", "versions", "e2e"];

/**
 * ava's options of each of its phases: which tests, and how long one of their files may be silent; `realTime`: the folder of those that
 * run servers and processes in real time (see `runAva`).
 */
const avaPhases = {
  // Many files in each worker (test/parts); those that are asked for by name have workers of their own.
  unit: { options: ["--config", "ava.unit.config.js"], files: [], named: ["--timeout=3m"] },
  // One file at a time: several measure what happens within seconds of real time.
  integration: { options: ["--concurrency=1"], files: ["test/integration/**/*.test.ts"], realTime: "test/integration" },
  emulators: { options: ["--config", "ava.emulators.config.js"], files: [], realTime: "test/emulators" },
  e2e: { options: ["--config", "ava.e2e.config.js"], files: [], realTime: "test/e2e" },
};

/**
 * Runs the phase `name` with what `setup` returned; `files` limits it to some test files.
 * Resolves with `{ passed, failed, skipped }`, and what `runAva` adds.
 */
export function runPhase(name, root, tools, files = []) {
  if (Object.hasOwn(avaPhases, name)) return runAva(avaPhases[name], root, tools, files);
  return name === "versions" ? runVersions(root, tools, files) : runModuleTests(root, tools, files);
}
