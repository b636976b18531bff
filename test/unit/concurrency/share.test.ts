import test from "ava";
import { shareOf } from "../../../lambda/src/concurrency/share.ts";
import { sizesFor } from "../../../lambda/src/transfer/sizes.ts";

test("as much is under way as the function's share of a processor can keep busy", (t) => {
  const of = (memory: number | undefined) => shareOf(512, sizesFor(memory).cores);
  t.is(of(512), 149);
  t.is(of(1_024), 297);
  t.is(of(1_769), 512);
  t.is(of(10_240), 512, "one thread moves the files");
  t.is(of(128), 128, "waiting takes no processor");
  t.is(of(undefined), 512);
  t.is(shareOf(512), 512);
});
