import test from "ava";
import { compareSizes } from "../../../lambda/src/push/verify.ts";
import { agree, noAnswer, tellsVersion, toldAnything, toStat } from "../../../lambda/src/sftp/attributes.ts";

test("what isn't told is unknown: no type, no size, no time, and what can't be one", (t) => {
  t.deepEqual(toStat({}), { kind: undefined, size: undefined, mtime: undefined });
  t.deepEqual(toStat({ mode: 0o644, size: -1, mtime: 0 }), {
    kind: undefined,
    size: undefined,
    mtime: undefined,
    mode: 0o644,
  });
  t.deepEqual(toStat({ size: 2 ** 64, mtime: 0xffff_ffff }), { kind: undefined, size: undefined, mtime: undefined });
  t.deepEqual(toStat({ mode: 0o100644, size: 0, mtime: 1 }), { kind: "file", size: 0, mtime: 1, mode: 0o644 });
  t.is(toStat({ mode: 0o010644 }).kind, "other");
});

test("two looks agree as far as both tell", (t) => {
  t.true(agree({ size: 1, mtime: undefined }, { size: undefined, mtime: 5 }));
  t.true(agree({ size: 1, mtime: 5 }, { size: 1, mtime: undefined }));
  t.false(agree({ size: 1, mtime: 5 }, { size: 1, mtime: 6 }));
  t.false(agree({ size: 0, mtime: 5 }, { size: 1, mtime: 5 }));
});

test("a look that was refused tells nothing; one that was answered with nothing is an answer", (t) => {
  t.false(toldAnything(noAnswer));
  t.true(toldAnything(toStat({})));
  t.false(tellsVersion(noAnswer));
});

test("a size that servers of 32 bits tell of anything is unknown, and confirms a file that has it", (t) => {
  for (const size of [0x7fff_ffff, 0xffff_ffff]) {
    const there = toStat({ size, mtime: 1 });
    t.is(there.size, undefined);
    t.is(compareSizes(size, there), "same");
    t.is(compareSizes(size + 1, there), "untold");
    t.is(compareSizes(size - 1, there), "untold");
  }
});
