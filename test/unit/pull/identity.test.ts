import test from "ava";
import { isDoneDirectory, isRecorded } from "../../../lambda/src/pull/identity.ts";

test("the directory of what was pulled is known however a server spells it", (t) => {
  for (const name of [".done", ".DONE", ".Done  ", ".done."]) t.true(isDoneDirectory(name), name);
  for (const name of ["done", ".done2", ".donee", ".", ". done"]) t.false(isDoneDirectory(name), name);
});

test("a version is known again by its size where its time isn't told any more, and by its time as well where it is", (t) => {
  const recorded = { identity: "5:100" };
  t.true(isRecorded({ size: 5, mtime: 100 }, recorded));
  t.true(isRecorded({ size: 5, mtime: undefined }, recorded));
  t.false(isRecorded({ size: 6, mtime: undefined }, recorded));
  t.false(isRecorded({ size: undefined, mtime: undefined }, recorded));
  t.false(isRecorded({ size: 5, mtime: 101 }, recorded));
  t.true(isRecorded({ size: 5, mtime: undefined }, { ...recorded, listed: "5:?" }));
  t.false(isRecorded({ size: 5, mtime: undefined }, undefined));
});
