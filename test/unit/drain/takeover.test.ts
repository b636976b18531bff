/** A run that dies at any step keeps nobody waiting for longer than about a minute, whichever environment comes next. */
import test from "ava";
import { deaths } from "../../helpers/effects.ts";
import { place } from "../../helpers/memory-remote.ts";
import { pull, push, stream } from "../../helpers/streams.ts";
import { createWorld, untilTakenOver } from "../../helpers/world.ts";

const old = Date.UTC(2025, 11, 1) / 1000;

for (const skew of [-240_000, 240_000])
  test(`with clocks ${skew / 1000} s apart`, async (t) => {
    for (const crash of deaths(30)) {
      const config = stream({ push, pull });
      const world = createWorld(config);
      place(world.disk, "outbox/g", "content", old);
      await world.bridge().poll(config);
      await world.bridge().intake(world.put("bucket", "out/f", "content"));
      await world
        .bridge(crash, undefined, { skew })
        .drainAll()
        .catch(() => {});
      world.time.now += untilTakenOver;
      // An environment that has seen nothing of it.
      const results = await world.bridge().drainAll();
      t.true(
        results.every(({ result }) => result === "drained"),
        `${crash.where()}: ${JSON.stringify(results)}`,
      );
    }
  });
