import test from "ava";
import { bytesPerMsWith } from "../../../lambda/src/sftp/limits.ts";
import { sizesFor } from "../../../lambda/src/transfer/sizes.ts";

test("a whole core has twice what a link of 256 MB/s holds under way, less of one has it once", (t) => {
  for (const [memory, bytesPerSecond] of [
    [512, 256e6],
    [1_769, 512e6],
    [3_008, 512e6],
  ] as const) {
    const bytes = bytesPerMsWith(sizesFor(memory).cores) * 1_000;
    t.true(Math.abs(bytes / bytesPerSecond - 1) < 0.05, `${memory} MB: ${bytes}`);
  }
});
