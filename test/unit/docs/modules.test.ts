import { existsSync, readdirSync, readFileSync } from "node:fs";
import test from "ava";

const root = new URL("../../../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");
const folders = (path: string) =>
  readdirSync(new URL(path, root), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);

for (const name of folders("modules/"))
  test(`modules/${name} says when to use it alone, or that it is internal`, (t) => {
    const readme = read(`modules/${name}/README.md`);
    const internal = /^Internal to this repository; its interface may change in any release\. Use the root module\.$/m;
    const alone = /s3-sftp-bridge\/aws\/\/modules\//;
    t.true(internal.test(readme) !== alone.test(readme), "one of the two");
    if (alone.test(readme))
      t.regex(readme, /<!-- BEGIN_TF_DOCS -->[\s\S]*## Inputs[\s\S]*## Outputs[\s\S]*<!-- END_TF_DOCS -->\n$/);
  });

for (const name of folders("examples/"))
  test(`examples/${name} has what the registry shows of an example`, (t) => {
    for (const file of ["README.md", "main.tf", "outputs.tf", "variables.tf", "versions.tf"])
      t.true(existsSync(new URL(`examples/${name}/${file}`, root)), file);
  });
