// What the benchmark needs beyond the tests: peers and small tools, built once per machine into the project's cache.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { cached } from "../../scripts/setup/cache.mjs";
import { provideOpenSsh } from "../../scripts/setup/openssh.mjs";
import { step } from "../../scripts/setup/report.mjs";
import { run, which } from "../../scripts/setup/run.mjs";
import { claim } from "../stack/temporary.ts";

const rcloneVersion = "v1.76.0";

/** Waits until no other benchmark runs on this machine: they use the same network namespace, and would measure each other. */
async function claimMachine() {
  for (let told = false; (await claim("s3-sftp-bridge-bench")) === undefined; told = true) {
    if (!told) console.log("Another benchmark is running on this machine: waiting for its end");
    await setTimeout(1_000);
  }
}

/**
 * Provides all programs, once no other benchmark is running, and returns their paths: `{ rclone, lftp, openssh, native }`. Without
 * `peers` rclone and lftp are left out, and their paths are empty: rclone takes minutes to build.
 */
export async function setup({ peers = false } = {}) {
  await claimMachine();
  if (!(await which("go"))) throw new Error("the benchmark builds rclone and its own tools: install Go 1.25 or newer");
  const rclone = peers ? await provideRclone() : "";
  const lftp = peers ? await step("lftp", provideLftp) : "";
  const openssh = await step("OpenSSH", provideOpenSsh);
  const native = await step("link, table and measuring tools", async () => {
    // Go's own cache makes this quick where nothing has changed.
    const folder = await cached(
      "bench",
      () => {},
      async () => {},
    );
    const path = join(folder, "benchtools");
    await run("go", ["build", "-o", path, "."], { cwd: join(import.meta.dirname, "native") });
    return path;
  });
  return { rclone, lftp, openssh, native };
}

const provideRclone = () =>
  step(`rclone ${rcloneVersion}`, async (note) => {
    const folder = await cached(`rclone-${rcloneVersion}`, note, async (work) => {
      note("go install: takes a few minutes, once");
      await run("go", ["install", `github.com/rclone/rclone@${rcloneVersion}`], { env: { GOBIN: work }, onLine: note });
    });
    return join(folder, "rclone");
  });

async function provideLftp(note) {
  const there = await which("lftp");
  if (there) return there;
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get"))
    throw new Error("install lftp (Debian, Ubuntu: apt-get install lftp)");
  note("apt-get install lftp");
  await run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "lftp"], { onLine: note });
  return which("lftp");
}
