import test from "ava";
import { howMany } from "../../../lambda/src/drain/how-many.ts";
import { sizesFor } from "../../../lambda/src/transfer/sizes.ts";

test("as many connections pay as feed the processor over the round trip", (t) => {
  const { cores = 1 } = sizesFor(512);
  for (const [share, roundTripMs, expected] of [
    [cores, undefined, 1],
    [cores, 0, 1],
    [cores, 20, 1],
    [cores, 24, 1],
    [cores, 40, 2],
    [cores, 80, 4],
    [1, 5, 1],
    [1, 20, 3],
    [1, 80, 12],
  ] as const)
    t.is(howMany(share, roundTripMs), expected, `${share} of a core, ${roundTripMs} ms`);
});
