/** What `npm run demo -- …` takes. */
import test from "ava";
import { readOptions } from "../../../../scripts/demo/options.mjs";

test("--keep and --break, in any order and both ways of writing it", (t) => {
  t.deepEqual(readOptions([]), { keep: false });
  t.deepEqual(readOptions(["--keep"]), { keep: true });
  t.deepEqual(readOptions(["--break", "disk", "--keep"]), { keep: true, breaks: "disk" });
  t.deepEqual(readOptions(["--break=hostkey"]), { keep: false, breaks: "hostkey" });
});

test("what it doesn't know is refused with what there is", (t) => {
  t.throws(() => readOptions(["--kep"]), {
    message: /knows no --kep\. There is --keep: .* --break password\|hostkey\|disk\|offline/,
  });
  t.throws(() => readOptions(["--break", "coffee"]), {
    message: "--break takes one of password, hostkey, disk, offline, not coffee.",
  });
  t.throws(() => readOptions(["--break"]), { message: /not nothing/ });
});
