/** No page has a link that leads nowhere: files, and headings of pages. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const list = (...options: readonly string[]) =>
  execFileSync("git", ["ls-files", ...options, "*.md"], { cwd: root, encoding: "utf8" })
    .split("\n")
    .filter(Boolean);
const pages = [...new Set([...list(), ...list("--others", "--exclude-standard")])].filter((page) =>
  existsSync(join(root, page)),
);

/** A page's text without its code. */
const prose = (page: string) =>
  readFileSync(join(root, page), "utf8")
    .replace(/^ *```[\s\S]*?^ *```/gm, "")
    .replace(/(`+)[^`]+?\1/g, "");

/** What a link may name in a page: its headings, as GitHub writes them in an address, and anchors of its own. */
const anchors = (page: string): ReadonlySet<string> => {
  const text = readFileSync(join(root, page), "utf8").replace(/^ *```[\s\S]*?^ *```/gm, "");
  const headings = [...text.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .replace(/<[^>]+>/g, "")
      .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}\p{Pc}\- ]/gu, "")
      .replaceAll(" ", "-"),
  );
  return new Set([...headings, ...[...text.matchAll(/<a name="([^"]+)"/g)].map(([, name = ""]) => name)]);
};

const targets = (page: string) =>
  [...prose(page).matchAll(/\]\(([^)\s]+)\)/g), ...prose(page).matchAll(/\b(?:src|srcset|href)="([^"]+)"/g)].map(
    ([, target = ""]) => target,
  );

for (const page of pages)
  test(`${page}: every link leads somewhere`, (t) => {
    for (const target of targets(page).filter((one) => !/^[a-z]+:/.test(one))) {
      const [path = "", anchor] = target.replaceAll("\\_", "_").split("#");
      const file = path === "" ? page : join(dirname(page), path);
      t.true(existsSync(join(root, file)), `${target}: no such file`);
      if (anchor !== undefined && file.endsWith(".md")) t.true(anchors(file).has(anchor), `${target}: no such heading`);
    }
    t.pass();
  });

test("the pages have links, and headings are found", (t) => {
  t.true(targets("README.md").length > 40);
  t.true(anchors("docs/streams.md").has("where-files-lie"));
});
