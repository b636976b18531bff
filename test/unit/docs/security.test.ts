/** SECURITY.md says which test shows what it says. */
import { existsSync, readFileSync } from "node:fs";
import test from "ava";

const root = new URL("../../../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");
const page = read("SECURITY.md");
const sections = new Map(
  page
    .split(/^## /m)
    .slice(1)
    .map((text) => [text.slice(0, text.indexOf("\n")), text] as const),
);

test("every test that it names is there", (t) => {
  const named = new Set(page.match(/\btest\/[\w./-]*\w/g));
  t.true(named.size > 0);
  for (const path of named) {
    t.regex(path, /\.(test\.ts|tftest\.hcl)$/, "one file, and a test");
    t.true(existsSync(new URL(path, root)), path);
  }
});

for (const actor of ["Partner", "Uploader", "On-call user", "AWS neighbour", "Supply chain"])
  test(`${actor}: what it can do, and what it can't, each with a test`, (t) => {
    const text = sections.get(actor) ?? "";
    t.regex(text, /\*\*can\*\*/);
    const rows = text.split("\n").filter((line) => line.startsWith("| "));
    t.is(rows.shift(), "| can't | shown by |");
    t.true(rows.length > 0);
    for (const row of rows) t.regex(row, /\| (`test\/[^`]+`(, )?)+ \|$/, row);
  });

test("it says what isn't protected, and where to report, which is where the module is published", (t) => {
  t.regex(sections.get("What is not protected") ?? "", /^- \*\*/m);
  const [, repository = "nowhere"] = /release_repository\s*= "([^"]+)"/.exec(read("release.tf")) ?? [];
  t.true(sections.get("Report a vulnerability")?.includes(`${repository}/security/advisories/new`), repository);
});
