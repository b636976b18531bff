import test from "ava";
import { entryName } from "../../../lambda/src/sftp/entry-names.ts";

test("a whole path as Windows writes it stands for the name; other backslashes are a name's own", (t) => {
  t.is(entryName("\\x\\out\\a.csv", "/x/out"), "a.csv");
  t.is(entryName("\\x\\other\\a.csv", "/x/out"), "\\x\\other\\a.csv");
  t.is(entryName("a\\b.csv", "/x/out"), "a\\b.csv");
  t.is(entryName("\\x\\out", "/x/out"), "\\x\\out");
});
