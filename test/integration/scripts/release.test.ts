/** A release is rehearsed: a commit, a tag with notes and checksums, and nothing of it left. */
import { execFile, execFileSync } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import test from "ava";
import { repository } from "../../stack/tools.ts";

const run = promisify(execFile);
const git = (...args: string[]) => execFileSync("git", args, { cwd: repository, encoding: "utf8" });
const somebody = {
  GIT_AUTHOR_NAME: "A",
  GIT_AUTHOR_EMAIL: "a@example.com",
  GIT_COMMITTER_NAME: "A",
  GIT_COMMITTER_EMAIL: "a@example.com",
};

test("npm run release -- X.Y.Z --rehearse", async (t) => {
  const before = git("tag", "--list") + git("status", "--porcelain");
  const { stdout } = await run(
    process.execPath,
    [join(repository, "scripts/release.mjs"), "9.8.7", "--rehearse", "--namespace=acme"],
    {
      env: { ...process.env, ...somebody },
    },
  );
  t.regex(stdout, /^tag v9\.8\.7$/m);
  t.regex(stdout, /^### Added$/m);
  t.regex(stdout, /^[0-9a-f]{64} {2}lambda\/dist\/bridge\.zip$/m);
  t.regex(stdout, /^[0-9a-f]{64} {2}lambda\/dist\/sbom\.cdx\.json$/m);
  t.regex(stdout, /^ {4}Release 9\.8\.7$/m);
  for (const file of ["CHANGELOG.md", "package.json", "package-lock.json", "release.tf"])
    t.regex(stdout, new RegExp(`^ ${file.replace(".", "\\.")} +\\|`, "m"));
  t.is(git("tag", "--list") + git("status", "--porcelain"), before);
});

test("a version that is none is refused with what to give", async (t) => {
  const error = await t.throwsAsync(
    run(process.execPath, [join(repository, "scripts/release.mjs"), "--rehearse", "next"], {
      env: { ...process.env, ...somebody },
    }),
  );
  t.regex(error?.message ?? "", /Give the version as x\.y\.z/);
});
