/**
 * `npm run bench:plan -- COMMIT [--streams 500] [--rounds 3]`: what a plan of so many streams costs Terraform, at COMMIT and in this tree's
 * commit, in turn, with a mocked provider (test/module/scale.tftest.hcl): seconds of user CPU, the most memory, and the ratio. One core and
 * the same collector for both, so that a busy machine changes little; the provider is a process of its own and isn't counted.
 */
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { root, setup } from "../../scripts/setup/index.mjs";
import { shareProvider } from "../../scripts/setup/shared-provider.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: "string", default: "3" }, streams: { type: "string", default: "500" } },
});
const [before] = positionals;
if (before === undefined) {
  console.error("Usage: npm run bench:plan -- COMMIT [--streams 500] [--rounds 3]");
  process.exit(2);
}
const tests = "test/module";
const { terraform, terraformConfig } = await setup();
const provider = await shareProvider(terraformConfig);
const work = mkdtempSync(join(tmpdir(), "bridge-plan-"));
const env = {
  ...process.env,
  ...provider.environment(terraformConfig),
  CHECKPOINT_DISABLE: "1",
  GOGC: "400",
  GOMAXPROCS: "1",
  TF_CLI_CONFIG_FILE: terraformConfig,
};

/** A copy of the module as it is at `commit`, with the test of scale alone, for so many streams. */
function copyOf(commit) {
  const folder = join(work, commit);
  mkdirSync(folder);
  const archive = execFileSync("git", ["archive", commit], { cwd: root, maxBuffer: 2 ** 30 });
  execFileSync("tar", ["x", "-C", folder], { input: archive });
  const scale = readFileSync(join(folder, tests, "scale.tftest.hcl"), "utf8");
  const from = scale.indexOf('run "names_of_500_streams"');
  rmSync(join(folder, tests), { recursive: true });
  mkdirSync(join(folder, tests, "fixtures"), { recursive: true });
  const fixture = execFileSync("git", ["archive", commit, `${tests}/fixtures/many`], { cwd: root });
  execFileSync("tar", ["x", "-C", folder], { input: fixture });
  writeFileSync(
    join(folder, tests, "scale.tftest.hcl"),
    `${scale.slice(0, from)}
run "names" {
  module { source = "./${tests}/fixtures/many" }
  variables { count_of_streams = ${Number(values.streams)} }
}

run "plan" {
  command = plan
  variables { streams = run.names.own_bucket }
  assert {
    condition     = length(output.streams) == ${Number(values.streams)}
    error_message = "Streams were lost."
  }
}
`,
  );
  return folder;
}

/** Runs Terraform, and resolves with its user CPU in seconds (as the shell's `times` has it) and the most memory in MB. */
function measure(cwd, args) {
  return new Promise((resolve, reject) => {
    const child = spawn("sh", ["-c", '"$@" >out 2>&1; status=$?; times; exit $status', "sh", terraform, ...args], {
      cwd,
      env,
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    let memory = 0;
    const timer = setInterval(() => {
      try {
        const [pid] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").split(" ");
        memory = Math.max(memory, Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0));
      } catch {
        // It has ended, or this isn't Linux.
      }
    }, 200);
    child.stdout.on("data", (text) => {
      said += text;
    });
    child.on("close", () => {
      clearInterval(timer);
      const out = readFileSync(join(cwd, "out"), "utf8");
      // Checks that warn of so many streams fail a test that doesn't expect them; the plan is made all the same.
      if (!/\d+ passed|initialized/.test(out) || out.includes("Streams were lost")) return reject(new Error(out));
      const [, minutes, seconds] = /\n(\d+)m([\d.]+)s/.exec(said) ?? [];
      resolve({ seconds: 60 * Number(minutes) + Number(seconds), megabytes: Math.round(memory / 1024) });
    });
  });
}

try {
  const now = execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: root, encoding: "utf8" }).trim();
  const sides = [before, now].map((commit) => ({ commit, folder: copyOf(commit), seconds: [], megabytes: [] }));
  for (const { folder } of sides)
    await measure(folder, ["init", "-backend=false", "-input=false", "-no-color", `-test-directory=${tests}`]);
  for (let round = 0; round < Number(values.rounds); round++)
    for (const side of sides) {
      const { seconds, megabytes } = await measure(side.folder, ["test", "-no-color", `-test-directory=${tests}`]);
      console.log(`${values.streams} streams, ${side.commit}: ${seconds.toFixed(1)} s of user CPU, ${megabytes} MB`);
      side.seconds.push(seconds);
      side.megabytes.push(megabytes);
    }
  const least = (key) => sides.map((side) => Math.min(...side[key]));
  const [[secondsBefore, secondsNow], [megabytesBefore, megabytesNow]] = [least("seconds"), least("megabytes")];
  console.log(
    `Ratio of the least: ${(secondsNow / secondsBefore).toFixed(2)} of CPU, ${(megabytesNow / megabytesBefore).toFixed(2)} of memory`,
  );
} finally {
  await provider.stop();
  rmSync(work, { recursive: true, force: true });
}
