import test from "ava";
import { field, line } from "../../../lambda/src/report/csv.ts";

test("plain names and numbers stand as they are", (t) => {
  t.is(line(["acme", "reports/march.csv", 12, null, undefined, ""]), "acme,reports/march.csv,12,,,\r\n");
  t.is(field(-5), "-5");
});

test("commas, quotes, blanks and semicolons are within quotes", (t) => {
  t.is(field('a,b "c"; d'), '"a,b ""c""; d"');
});

for (const name of ["=1+1", "+1", "-1", "@SUM(A1)", "＝1+1", "＠x", "'=1"])
  test(`a spreadsheet doesn't run ${name}`, (t) => {
    t.is(field(name), `'${name}`);
  });

test("nor what begins behind blanks, or has a comma", (t) => {
  t.is(field('  =HYPERLINK("http://x","y")'), '"\'  =HYPERLINK(""http://x"",""y"")"');
});

test("no name begins a row of its own, or is obeyed by a terminal, and each can be told from the others", (t) => {
  t.is(field("a\r\nacme,pull,forged"), '"a\\u000d\\u000aacme,pull,forged"');
  t.is(field("\t=1"), "\\u0009=1");
  t.is(field("a\u001b[2Jb\u202ec\u2028d"), "a\\u001b[2Jb\\u202ec\\u2028d");
  t.is(field("a\\u000a"), "a\\\\u000a");
});
