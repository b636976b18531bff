import { setImmediate } from "node:timers/promises";
import test from "ava";
import { shareOf } from "../../../lambda/src/concurrency/share.ts";
import { sizesFor } from "../../../lambda/src/transfer/sizes.ts";
import type { Effects } from "../../helpers/effects.ts";
import { push, stream } from "../../helpers/streams.ts";
import { createWorld } from "../../helpers/world.ts";

/** Holds files back where they are published until `expected` are there, and some turns longer. */
const holdBack = (expected: number) => {
  const seen = { atOnce: 0 };
  let waiting = 0;
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const effects: Effects = async (name, act) => {
    if (name === "remote.publish") {
      seen.atOnce = Math.max(seen.atOnce, ++waiting);
      if (waiting === expected) {
        for (let turn = 0; turn < 50; turn++) await setImmediate();
        open();
      }
      await gate;
      waiting--;
    }
    return act();
  };
  return { seen, effects };
};

const large = "x".repeat(2 * 1024 * 1024);
for (const [memory, content, files, roundTrip, share] of [
  [256, "x", 116, 80, shareOf(384, sizesFor(256).cores)],
  [256, "x", 116, 20, shareOf(384, sizesFor(256).cores) / 2],
  [1_769, "x", 116, 80, 116],
  [512, large, 4, 80, 3],
] as const)
  test(`with ${memory} MB and ${roundTrip} ms ${share} of ${files} files of ${content.length} bytes are under way at one time`, async (t) => {
    const world = createWorld(stream({ push: { ...push } }));
    for (let file = 0; file < files; file++) await world.bridge().intake(world.put("bucket", `out/${file}`, content));
    const { seen, effects } = holdBack(share);
    await world.bridge(effects, undefined, { sizes: sizesFor(memory), roundTrip }).drainAll();
    t.is(seen.atOnce, share);
    t.is(world.disk.files.size, files);
  });
