import test from "ava";
import { pathFilter } from "../../../lambda/src/config/patterns.ts";

const all = { include: [], exclude: [] };

test("without patterns everything is moved", (t) => {
  const moved = pathFilter(all);
  for (const path of ["a", "a/b", ".hidden", ".dir/a", "a b+c%20#d", "[x]", "!x", "(y)", "ü/ñ", "-n"]) {
    t.true(moved(path), path);
  }
});

test("a star stays within a directory, two cross", (t) => {
  const top = pathFilter({ ...all, include: ["*.csv"] });
  t.true(top("a.csv"));
  t.false(top("sub/a.csv"));
  const anywhere = pathFilter({ ...all, include: ["**/*.csv"] });
  t.true(anywhere("a.csv"));
  t.true(anywhere("sub/deep/a.csv"));
  t.false(anywhere("sub/a.txt"));
});

test("exclude wins over include", (t) => {
  const moved = pathFilter({ include: ["in/**"], exclude: ["**/*.bak"] });
  t.true(moved("in/a.csv"));
  t.false(moved("in/a.bak"));
  t.false(moved("other/a.csv"));
});

test("names with a leading dot match like any other", (t) => {
  t.true(pathFilter({ ...all, include: ["**"] })(".config/.trigger"));
  t.false(pathFilter({ ...all, exclude: ["**/*.tmp"] })(".x.tmp"));
});

test("a leading exclamation mark is a character, not a negation", (t) => {
  const moved = pathFilter({ ...all, exclude: ["!important"] });
  t.false(moved("!important"));
  t.true(moved("other"));
});

test("braces, classes and question marks", (t) => {
  const moved = pathFilter({ ...all, include: ["{in,out}/[0-9]?.csv"] });
  t.true(moved("out/1a.csv"));
  t.false(moved("out/a1.csv"));
});

test("an unclosed bracket is an error", (t) => {
  t.throws(() => pathFilter({ ...all, include: ["[a"] }), { message: /bracket|Missing/i });
});
