import test from "ava";
import { isDoneDirectory } from "../../../lambda/src/pull/identity.ts";

test("the directory of what was pulled is known however a server spells it", (t) => {
  for (const name of [".done", ".DONE", ".Done  ", ".done."]) t.true(isDoneDirectory(name), name);
  for (const name of ["done", ".done2", ".donee", ".", ". done"]) t.false(isDoneDirectory(name), name);
});
