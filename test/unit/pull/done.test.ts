import test from "ava";
import { donePathFor, nameBehindStamp, stampOf, timeOfStamp } from "../../../lambda/src/pull/done.ts";

const time = Date.UTC(2026, 1, 3, 4, 5, 6);

test("a pulled file goes to .done in its own directory, under a UTC stamp", (t) => {
  t.is(donePathFor("out/a/file.csv", time, 0), "out/a/.done/20260203040506-file.csv");
  t.is(donePathFor("file.csv", time, 0), ".done/20260203040506-file.csv");
  t.is(donePathFor("/file.csv", time, 0), "/.done/20260203040506-file.csv");
});

test("names that collide differ in their ending", (t) => {
  t.is(donePathFor("f", time, 2), ".done/20260203040506-f~2");
});

test("a name that would get too long with the stamp is cut between characters", (t) => {
  const name = donePathFor("ü".repeat(127), time, 1).slice(".done/".length);
  t.true(Buffer.byteLength(name) <= 255);
  t.false(name.includes("\uFFFD"));
  t.true(name.endsWith("~1"));
});

test("a stamp is read back; what only looks like one isn't one", (t) => {
  t.is(timeOfStamp("20260203040506-x"), time);
  t.is(nameBehindStamp(`${stampOf(time)}-a-b`), "a-b");
  for (const name of [
    "20261303040506-x",
    "20260230040506-x",
    "2026020304050-x",
    "20260203040506-",
    "x",
    "20260203040506x",
  ]) {
    t.is(timeOfStamp(name), undefined, name);
  }
});
