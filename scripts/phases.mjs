// The kinds of tests. Each runs as its own program, prints as it goes, and gives back how many passed and failed.
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { cacheDir } from "./setup/cache.mjs";
import { provideEngines } from "./setup/engines.mjs";
import { terraformEnvironment } from "./setup/terraform-environment.mjs";

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
 * Resolves with `{ passed, failed, skipped }`.
 */
export function runPhase(name, root, tools, files = []) {
  if (Object.hasOwn(avaPhases, name)) return runAva(avaPhases[name], root, tools, files);
  if (name === "versions") return runVersions(root, tools, files);
  return files.length > 0 ? runModuleTests(root, tools, files) : runAllModuleTests(root, tools);
}

/** Plans hundreds of streams: as much work as all other files together, and nothing that differs between versions. */
const scaleTest = "scale.tftest.hcl";

/**
 * Tables of values that are taken and refused, and of sizes: run with the oldest, the one on PATH and OpenTofu, and not with the
 * newest as well.
 */
const tables = [
  "access-scale",
  "expected",
  "location",
  "monitoring-settings",
  "pgp",
  "pull-extract",
  "pull-gate",
  "pull-pgp",
  "pull-schedule",
  "schedule-rules",
  "schedules",
  "secret",
  "stream-alarms",
  "stream-numbers",
  "stream-rules",
  "stream-sftp",
  "stream-sides",
  "variables",
  "via",
  "vpc",
  "windows",
].map((name) => `${name}.tftest.hcl`);

/** All module tests, the one of scale beside the others: `terraform test` uses one core. */
async function runAllModuleTests(root, tools) {
  const others = readdirSync(join(root, "test/module")).filter(
    (file) => file.endsWith(".tftest.hcl") && file !== scaleTest,
  );
  const groups = [[scaleTest], others].map((group) => group.map((file) => `test/module/${file}`));
  return total(await Promise.all(groups.map((group) => runModuleTests(root, tools, group))));
}

/** The sums of what several runs counted. */
function total(counts) {
  const sumOf = (key) => counts.reduce((so, count) => so + count[key], 0);
  return { passed: sumOf("passed"), failed: sumOf("failed"), skipped: sumOf("skipped") };
}

/**
 * The module tests with the other versions of Terraform and with OpenTofu, side by side, each in a copy: they would write
 * one lock file. Without the test of scale, which is one of Terraform's speed. Of each only the files' results are printed, and everything where one fails.
 */
async function runVersions(root, tools, files) {
  const counts = await Promise.all(
    (await provideEngines(tools.terraformConfig)).map(async ({ title, isWithoutTables, ...engine }) => {
      const tree = mkdtempSync(join(tmpdir(), "bridge-versions-"));
      for (const name of [
        ...readdirSync(root).filter((file) => file.endsWith(".tf")),
        "modules",
        "examples",
        "schemas",
        "test/module",
        "lambda/dist",
      ])
        cpSync(join(root, name), join(tree, name), {
          recursive: true,
          filter: (path) => basename(path) !== scaleTest && !(isWithoutTables && tables.includes(basename(path))),
        });
      const said = [];
      const show = (line) => {
        said.push(line);
        if (/^test\/module\/.*\.\.\. (?:pass|fail)$/.test(line)) console.log(`${title}: ${line}`);
      };
      try {
        const result = await runModuleTests(tree, engine, files, show);
        if (result.failed > 0) console.log([`${title}:`, ...said].join("\n"));
        return result;
      } finally {
        rmSync(tree, { recursive: true, force: true });
      }
    }),
  );
  return total(counts);
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
  return counted(status, {
    // A line per test: ava sums up what passed only where nothing failed.
    passed: lines.filter((line) => /^ {2}✔ /.test(line)).length,
    failed:
      sum(lines, /^\s*(\d+) (?:tests?|hooks?) failed$/) +
      sum(lines, /^\s*(\d+) (?:uncaught exceptions?|unhandled rejections?)$/),
    skipped: sum(lines, /^\s*(\d+) tests? (?:skipped|todo)$/),
  });
}

/** Runs of Terraform that wait until one of two has ended: each uses one core, and three on two take longer than one after the other. */
const waiting = [];
let free = 2;

async function runModuleTests(...given) {
  if (free > 0) free--;
  else await new Promise((resolve) => waiting.push(resolve));
  try {
    return await runModuleTestsNow(...given);
  } finally {
    const next = waiting.shift();
    if (next) next();
    else free++;
  }
}

async function runModuleTestsNow(root, tools, files, onLine = console.log) {
  const data = mkdtempSync(join(tmpdir(), "bridge-module-test-"));
  const env = {
    ...process.env,
    TF_CLI_CONFIG_FILE: tools.terraformConfig,
    TF_DATA_DIR: data,
    ...terraformEnvironment,
  };
  try {
    const init = await follow(
      tools.terraform,
      ["init", "-backend=false", "-input=false", "-no-color", "-test-directory=test/module"],
      { cwd: root, env, quiet: true },
    );
    if (init.status !== 0) {
      for (const line of init.lines) onLine(line);
      return { passed: 0, failed: 1, skipped: 0 };
    }
    const filters = files.map((file) => `-filter=${file}`);
    const { status, lines } = await follow(
      tools.terraform,
      ["test", "-no-color", "-test-directory=test/module", ...filters],
      { cwd: root, env, onLine },
    );
    return counted(status, {
      passed: sum(lines, /^(?:Success|Failure)! (\d+) passed/),
      failed: sum(lines, /^(?:Success|Failure)! \d+ passed, (\d+) failed/),
      skipped: sum(lines, /^(?:Success|Failure)! .* (\d+) skipped/),
    });
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}

/** A run that failed without a failed test, or in which nothing ran, counts as one failure. */
function counted(status, counts) {
  const nothingRan = counts.passed + counts.failed === 0;
  if ((status !== 0 || nothingRan) && counts.failed === 0) {
    console.log(nothingRan ? "No test ran." : `Ended with status ${status} although no test failed.`);
    return { ...counts, failed: 1 };
  }
  return counts;
}

function sum(lines, pattern) {
  return lines.reduce((total, line) => total + Number(pattern.exec(line)?.[1] ?? 0), 0);
}

/**
 * Runs a program to its end, printing its lines (or giving them to `onLine`) unless `quiet`, and resolves with its status and lines.
 * Ctrl-C reaches it as well as us (one terminal, one process group); a signal to us alone is passed on.
 */
export function follow(command, args, { cwd, env, quiet = false, onLine = console.log }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    const lines = [];
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on("line", (line) => {
        lines.push(line);
        if (!quiet) onLine(line);
      });
    const pass = (signal) => child.kill(signal);
    process.on("SIGINT", pass).on("SIGTERM", pass);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      process.off("SIGINT", pass).off("SIGTERM", pass);
      if (signal === "SIGINT" || signal === "SIGTERM" || code === 130) {
        console.log("Interrupted.");
        process.exit(130);
      }
      resolve({ status: code ?? 1, lines });
    });
  });
}
