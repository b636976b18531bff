import { readFileSync } from "node:fs";
import test from "ava";

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");
const release = read("release.tf");

test("release.tf and package.json have one version: alarms link to its runbook", (t) => {
  const [, version] = /release_version\s*= "([^"]+)"/.exec(release) ?? [];
  t.is(version, (JSON.parse(read("package.json")) as { version: string }).version);
});

test("alarms link to the runbook of the released version unless the user says otherwise", (t) => {
  t.regex(
    read("main.tf"),
    /runbook_url\s*= "\$\{local\.release_repository\}\/blob\/v\$\{local\.release_version\}\/docs\/runbook\.md"/,
  );
  t.regex(release, /release_repository\s*= "https:\/\/github\.com\/[^/"]+\/terraform-aws-s3-sftp-bridge"/);
});
