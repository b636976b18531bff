/** Sums in partners' markers, as the programs write them that partners use. */
import { createHash } from "node:crypto";
import test from "ava";
import { sumIn } from "../../../lambda/src/pull/checksum.ts";

const sumOf = (algorithm: "md5" | "sha256", content: string) => createHash(algorithm).update(content).digest("hex");
const md5 = sumOf("md5", "content");
const sha256 = sumOf("sha256", "content");
const other = sumOf("sha256", "another");

for (const [program, text] of Object.entries({
  "GNU's sha256sum": `${other}  other.csv\n${sha256}  data.csv\n`,
  "GNU's sha256sum --binary": `${other} *other.csv\n${sha256} *data.csv\n`,
  "GNU's sha256sum --tag": `SHA256 (other.csv) = ${other}\nSHA256 (data.csv) = ${sha256}\n`,
  "BSD's sha256": `SHA256 (other.csv) = ${other}\nSHA256 (data.csv) = ${sha256}\n`,
  "OpenSSL's dgst": `SHA2-256(other.csv)= ${other}\nSHA2-256(data.csv)= ${sha256}\n`,
  "a Windows program, with paths, capital letters and a byte order mark": `${other.toUpperCase()} *C:\\out\\other.csv\r\n${sha256.toUpperCase()} *C:\\out\\data.csv\r\n`,
  "a program that is given paths": `${other}  ./out/other.csv\n${sha256}  ./out/data.csv\n`,
}))
  for (const isOwn of [true, false])
    test(`the sum of a file among others, by ${program}: ${isOwn ? "its own marker" : "the directory's"}`, (t) => {
      t.is(sumIn(text, "data.csv", { algorithm: "sha256", isOwn }), sha256);
    });

test("a name that contains another one, a parenthesis or a space is its own", (t) => {
  const text = `${other}  data.csv.old\n${other}  xdata.csv\n${sha256}  data.csv\nSHA256 (a (1) b.csv) = ${sha256}\n`;
  t.is(sumIn(text, "data.csv", { algorithm: "sha256", isOwn: false }), sha256);
  t.is(sumIn(text, "a (1) b.csv", { algorithm: "sha256", isOwn: false }), sha256);
});

test("a file's own marker may hold the sum alone, in whatever words; a directory's has to name the file", (t) => {
  for (const text of [sha256, `sha256: ${sha256}\n`, `<sum>${sha256.toUpperCase()}</sum>`]) {
    t.is(sumIn(text, "data.csv", { algorithm: "sha256", isOwn: true }), sha256, text);
    t.is(sumIn(text, "data.csv", { algorithm: "sha256", isOwn: false }), undefined, text);
  }
});

test("two sums without names, one of another length, and no sum are none", (t) => {
  for (const text of [`${sha256}\n${other}`, md5, `${sha256}0`, "", "ok"])
    t.is(sumIn(text, "data.csv", { algorithm: "sha256", isOwn: true }), undefined, text);
  t.is(sumIn(`${md5}  data.csv`, "data.csv", { algorithm: "md5", isOwn: false }), md5);
});
