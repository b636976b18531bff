/** What the README promises of itself: one screen, a test behind each ✓, a way to every page, and a picture for dark and light. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import test from "ava";
import { drawFlow, flowThemes } from "../../../scripts/docs/flow.mjs";

const root = new URL("../../../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");
const readme = read("README.md");

test("it stays short", (t) => {
  t.true(readme.split("\n").length <= 140, "the rest belongs into docs/");
});

test("each ✓ of ours is a link to a test", (t) => {
  const table = readme.slice(readme.indexOf("## What it can do"), readme.indexOf("## Contents"));
  const ours = [...table.matchAll(/^\| [^|]+ \| ([^|]+) \|/gm)]
    .map(([, cell = ""]) => cell)
    .filter((cell) => cell.includes("✓"));
  t.true(ours.length >= 10);
  for (const cell of ours) {
    const [, path = ""] = /^\[✓\]\((test\/[\w/-]+\.test\.ts)\)/.exec(cell) ?? [];
    t.true(path !== "" && existsSync(new URL(path, root)), cell);
  }
});

test("its contents lead to every page", (t) => {
  const contents = readme.slice(readme.indexOf("## Contents"));
  for (const page of readdirSync(new URL("docs/", root)).filter(
    (name) => name.endsWith(".md") && name !== "acceptance.md",
  ))
    t.true(contents.includes(`(docs/${page})`), page);
});

for (const theme of flowThemes)
  test(`the picture for ${theme} pages is what the script draws`, (t) => {
    t.is(read(`docs/flow-${theme}.svg`), drawFlow(theme), "node scripts/docs/flow.mjs");
  });
