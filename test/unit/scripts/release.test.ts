/** What a release writes: the changelog's section, and the version wherever it stands. */
import { cpSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { released } from "../../../scripts/release/changelog.mjs";
import { assertNamespace, assertVersion, writeNamespace, writeVersion } from "../../../scripts/release/version.mjs";
import { temporaryFolder } from "../../stack/temporary.ts";
import { repository } from "../../stack/tools.ts";

const first = "# Changelog\nWords.\n\n## Unreleased\n### Added\n- One.\n";

test("what is unreleased becomes the version's section, and an empty one comes before it", (t) => {
  const one = released(first, "0.1.0", "2026-11-29");
  t.is(one.text, "# Changelog\nWords.\n\n## Unreleased\n\n## 0.1.0 - 2026-11-29\n### Added\n- One.\n");
  t.is(one.notes, "### Added\n- One.");
  const more = one.text.replace("## Unreleased\n", "## Unreleased\n### Fixed\n- Two.\n");
  const two = released(more, "0.2.0", "2026-12-01");
  t.is(two.notes, "### Fixed\n- Two.");
  t.regex(two.text, /## Unreleased\n\n## 0\.2\.0 - 2026-12-01\n### Fixed\n- Two\.\n\n## 0\.1\.0 - 2026-11-29\n/);
});

test("a release that says nothing, or that there is already, is refused", (t) => {
  const { text } = released(first, "0.1.0", "2026-11-29");
  t.throws(() => released(text, "0.2.0", "2026-12-01"), { message: /`## Unreleased` is empty/ });
  t.throws(() => released(text, "0.1.0", "2026-12-01"), { message: /a section of 0\.1\.0 already/ });
  t.throws(() => released("# Changelog\n", "0.1.0", "2026-12-01"), { message: /needs one section/ });
});

test("a version is one, and not before the last", (t) => {
  for (const version of ["0.1.0", "0.1.1", "0.10.0", "1.0.0"]) t.notThrows(() => assertVersion(version, "0.1.0"));
  for (const version of [undefined, "", "v0.2.0", "0.2", "1.0.0-rc.1"])
    t.throws(() => assertVersion(version, "0.1.0"), { message: /npm run release -- 0\.1\.0/ });
  t.throws(() => assertVersion("0.9.9", "0.10.0"), { message: /comes before 0\.10\.0/ });
});

test("the version stands in each place, and no package's is touched", (t) => {
  const folder = temporaryFolder("release");
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const files = ["package.json", "package-lock.json", "release.tf"];
  for (const file of files) cpSync(join(repository, file), join(folder, file));
  writeVersion(folder, "7.8.9");
  const read = (file: string) => readFileSync(join(folder, file), "utf8");
  t.is(JSON.parse(read("package.json")).version, "7.8.9");
  const lock = JSON.parse(read("package-lock.json"));
  t.is(lock.version, "7.8.9");
  t.is(lock.packages[""].version, "7.8.9");
  t.regex(read("release.tf"), /release_version {4}= "7\.8\.9"/);
  for (const file of files) t.true(read(file).split("7.8.9").length <= 3, file);
});

test("the first release says where the module is published, and every page and link has it then", (t) => {
  const root = temporaryFolder("release");
  try {
    const files = ["README.md", "SECURITY.md", "release.tf", "CONTRIBUTING.md"];
    for (const file of files) cpSync(join(repository, file), join(root, file));
    t.throws(() => assertNamespace(root, undefined), { message: /--namespace=acme/ });
    t.throws(() => assertNamespace(root, "a/b"), { message: /can't be an account/ });
    t.notThrows(() => assertNamespace(root, "acme-files"));
    writeNamespace(root, files, "acme-files");
    const text = (file: string) => readFileSync(join(root, file), "utf8");
    t.notThrows(() => assertNamespace(root, undefined));
    t.regex(text("release.tf"), /"https:\/\/github\.com\/acme-files\/terraform-aws-s3-sftp-bridge"/);
    t.regex(text("README.md"), /source = "acme-files\/s3-sftp-bridge\/aws"/);
    t.notRegex(text("README.md"), /<namespace>|unpublished|nobody has yet/);
    t.notRegex(text("SECURITY.md"), /<namespace>/);
    t.regex(text("CONTRIBUTING.md"), /<namespace>/, "which tells of the placeholder");
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});
