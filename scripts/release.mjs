// `npm run release -- X.Y.Z`: writes the version and the changelog's section, builds, and makes the commit and its tag, with the
// checksums of what users get. `--namespace=ACCOUNT`, for the first, says where the module is published. Nothing is pushed. `--rehearse` does all of it in a copy, shows it, and throws the copy away.
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { released } from "./release/changelog.mjs";
import { assertNamespace, assertVersion, writeNamespace, writeVersion } from "./release/version.mjs";
import { run } from "./setup/run.mjs";

const here = dirname(dirname(fileURLToPath(import.meta.url)));
const isRehearsal = process.argv.includes("--rehearse");
const namespace = process.argv.find((argument) => argument.startsWith("--namespace="))?.slice("--namespace=".length);
const version = process.argv.slice(2).find((argument) => !argument.startsWith("--"));

try {
  if (isRehearsal) await rehearse();
  else await release(here);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

async function rehearse() {
  const folder = mkdtempSync(join(tmpdir(), "bridge-release-"));
  const copy = join(folder, "copy");
  try {
    await run("git", ["clone", "--quiet", here, copy], { cwd: folder });
    symlinkSync(join(here, "node_modules"), join(copy, "node_modules"));
    await release(copy);
    console.log(await run("git", ["show", "--stat", `v${version}`], { cwd: copy }));
    console.log("This was a rehearsal: nothing of it is left.");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function release(root) {
  const git = async (...args) => (await run("git", args, { cwd: root })).trim();
  const { version: current } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  assertVersion(version, current);
  assertNamespace(root, namespace);
  const changes = await git("status", "--porcelain");
  if (changes !== "") throw new Error(`Commit or remove these first:\n${changes}`);
  const tag = `v${version}`;
  if ((await git("tag", "--list", tag)) !== "") throw new Error(`There is a tag ${tag} already`);

  const changelog = join(root, "CHANGELOG.md");
  const { text, notes } = released(readFileSync(changelog, "utf8"), version, new Date().toISOString().slice(0, 10));
  writeFileSync(changelog, text);
  writeVersion(root, version);
  if (namespace !== undefined) writeNamespace(root, (await git("ls-files")).split("\n"), namespace);
  await run(process.execPath, ["lambda/build.ts"], { cwd: root });
  const sums = readdirSync(join(root, "lambda/dist"))
    .sort()
    .map((file) => `${sha256(join(root, "lambda/dist", file))}  lambda/dist/${file}`);
  await git("add", "--all");
  await git("commit", "--quiet", "--message", `Release ${version}`);
  await git("tag", "--annotate", "--cleanup=verbatim", "--message", `${tag}\n\n${notes}\n\n${sums.join("\n")}\n`, tag);
  console.log(`${tag} is a commit and a tag here, with these checksums:\n${sums.join("\n")}`);
  if (!isRehearsal) console.log(`Once .ci/run has passed: git push origin HEAD ${tag}`);
}

function sha256(file) {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}
