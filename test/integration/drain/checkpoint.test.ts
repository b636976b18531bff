/**
 * Files that one invocation can't move: time runs out, or the run dies, at every single effect of the transfer, and either
 * side is left alone, changed or damaged before the next run. The sizes are so small that a few bytes take many parts.
 */
import { createHash } from "node:crypto";
import test, { type ExecutionContext } from "ava";
import type { Delivery } from "../../../lambda/src/journal/entry.ts";
import { crashAt, type Effects, stopAt } from "../../helpers/effects.ts";
import { place } from "../../helpers/memory-remote.ts";
import { pull, push, stream } from "../../helpers/streams.ts";
import { createWorld, untilLapsed, type World } from "../../helpers/world.ts";

const old = Date.UTC(2025, 11, 1) / 1000;
const first = "0123456789abcdefghijklmnopqrstuvwxyzABCDEF";
const second = "the second version, of another length than the first one";
const sameLength = first.toUpperCase().replace("A", "_");
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** Every part and every chunk is a point to go on from; with `quiet`, only the one at the end of the time. */
const sizesOf = (checkpointEvery: number) => ({
  part: 8,
  maxPart: 64,
  quick: 0,
  tail: 4,
  checkpointEvery,
});

interface Attempt {
  readonly name: string;
  readonly effects: Effects;
  readonly remaining: () => number;
}

/** Calls the scenario for each effect that can be the last one of a run; `reached` tells how many a whole run has. */
const explore = async (scenario: (attempt: Attempt) => Promise<void>): Promise<number> => {
  for (let n = 1; ; n++) {
    const stop = stopAt(n);
    await scenario({ name: `out of time at ${n}`, effects: stop, remaining: stop.remaining });
    const crashes = (["before", "after"] as const).map((when) => crashAt(n, when));
    for (const effects of crashes) await scenario({ name: `crash at ${n}`, effects, remaining: () => 900_000 });
    if (stop.count() <= n) return n;
  }
};

const attempt = async (world: World, { effects, remaining }: Attempt, checkpointEvery: number): Promise<void> => {
  await world
    .bridge(effects, undefined, { remaining, sizes: sizesOf(checkpointEvery) })
    .drainAll()
    .catch(() => {});
};

const recover = async (world: World, turns = 4): Promise<void> => {
  for (let turn = 0; turn < turns; turn++) {
    world.time.now += untilLapsed;
    await world.bridge(undefined, undefined, { sizes: sizesOf(30_000) }).drainAll();
  }
};

const lastDelivery = (world: World): Delivery | undefined =>
  (world.entries()[0]?.["deliveries"] as unknown as Delivery[] | undefined)?.at(-1);

const leftovers = (world: World): string[] => [...world.disk.files.keys()].filter((path) => path.includes(".tmp"));

/** What happens to an unfinished upload between two runs. */
const pushTroubles: Record<string, (world: World) => Promise<string> | string> = {
  nothing: () => first,
  "a newer version": async (world) => {
    await world.bridge().intake(world.put("bucket", "out/f", second));
    return second;
  },
  "a newer version of the same length": async (world) => {
    await world.bridge().intake(world.put("bucket", "out/f", sameLength));
    return sameLength;
  },
  "a newer version whose event comes late": async (world) => {
    const event = world.put("bucket", "out/f", second);
    await recover(world);
    await world.bridge().intake(event);
    return second;
  },
  "the upload is gone": (world) => {
    for (const path of leftovers(world)) world.disk.files.delete(path);
    return first;
  },
  "the server has lost its last bytes": (world) => {
    for (const path of leftovers(world)) {
      const file = world.disk.files.get(path);
      if (file) file.bytes = file.bytes.subarray(0, Math.max(file.bytes.length - 3, 0));
    }
    return first;
  },
  "the server has zeros for its last bytes": (world) => {
    // What the server has taken with CLOSE is its own to keep; what it only acknowledged is ours to look at again.
    if ((world.entries()[0]?.["progress"] as { phase?: string } | undefined)?.phase !== "writing") return first;
    for (const path of leftovers(world)) world.disk.files.get(path)?.bytes.fill(0);
    return first;
  },
};

const assertPushed = (t: ExecutionContext, world: World, seen: string[], expected: string, where: string) => {
  t.is(world.disk.files.get("inbox/f")?.bytes.toString(), expected, where);
  t.is(lastDelivery(world)?.sha256, sha256(expected), `SHA-256 (${where})`);
  t.is(lastDelivery(world)?.bytes, expected.length, `bytes (${where})`);
  t.is(world.entries()[0]?.["state"], "delivered", where);
  t.deepEqual(leftovers(world), [], where);
  t.true(
    seen.every((content) => [first, second, sameLength].includes(content)),
    `only whole versions were seen: ${seen.join(" | ")} (${where})`,
  );
};

for (const every of [0, Number.POSITIVE_INFINITY]) {
  for (const [trouble, happen] of Object.entries(pushTroubles)) {
    test(`push, stopped at any effect, then ${trouble}: goes on or starts again (checkpoints ${every === 0 ? "always" : "at the end"})`, async (t) => {
      const count = await explore(async (how) => {
        const world = createWorld(stream({ push }));
        const seen: string[] = [];
        world.disk.watch = () => {
          const there = world.disk.files.get("inbox/f")?.bytes.toString();
          if (there !== undefined && there !== seen.at(-1)) seen.push(there);
        };
        await world.bridge().intake(world.put("bucket", "out/f", first));
        await attempt(world, how, every);
        const expected = await happen(world);
        await recover(world);
        assertPushed(t, world, seen, expected, `${how.name}, ${trouble}`);
      });
      t.true(count > 20, `${count} effects were explored`);
    });
  }
}

test("push: a file that needs many invocations gets there, and sends each byte about once", async (t) => {
  const world = createWorld(stream({ push }));
  await world.bridge().intake(world.put("bucket", "out/f", first));
  let written = 0;
  let runs = 0;
  while (world.entries()[0]?.["state"] !== "delivered" && runs < 50) {
    runs++;
    world.time.now += 60_000;
    let writes = 0;
    const remaining = () => (writes >= 3 ? 10_000 : 900_000);
    const effects: Effects = async (name, effect) => {
      if (name === "remote.write") {
        writes++;
        written += 4;
      }
      return effect();
    };
    await world.bridge(effects, undefined, { remaining, sizes: sizesOf(Number.POSITIVE_INFINITY) }).drainAll();
  }
  t.is(world.disk.files.get("inbox/f")?.bytes.toString(), first);
  t.is(lastDelivery(world)?.sha256, sha256(first));
  t.is(runs, 4, "eleven chunks, three a run");
  t.true(written <= first.length + 4, `${written} bytes were written for ${first.length}`);
  t.is(world.entries()[0]?.["attempts"], 1, "running out of time is no failed attempt");
});

test("push: a file that never gets anywhere is tried less and less often, and given up in the end", async (t) => {
  const world = createWorld(stream({ push: { ...push, upload: "direct" } }));
  await world.bridge().intake(world.put("bucket", "out/f", first));
  let runs = 0;
  for (let minute = 0; minute < 8 * 24 * 60; minute++) {
    world.time.now += 60_000;
    let writes = 0;
    const effects: Effects = async (name, effect) => {
      if (name === "remote.write") writes++;
      return effect();
    };
    const before = world.connections.made;
    if (world.entries()[0]?.["state"] === "failed") break;
    const next = Number(world.entries()[0]?.["next_attempt"]);
    if (next > world.time.now) continue; // as the tick does
    await world.bridge(effects, undefined, { remaining: () => (writes > 2 ? 10_000 : 900_000) }).drainAll();
    if (world.connections.made > before) runs++;
  }
  t.is(world.entries()[0]?.["state"], "failed");
  t.true(runs < 220, `${runs} runs in a week`);
});

const pullTroubles: Record<string, (world: World) => string> = {
  nothing: () => first,
  "the file is replaced": (world) => {
    place(world.disk, "outbox/f", second, old + 100);
    return second;
  },
  "the file is replaced by one of the same length": (world) => {
    place(world.disk, "outbox/f", sameLength, old + 100);
    return sameLength;
  },
  "the uploads are aborted by somebody": (world) => {
    world.buckets.uploads.clear();
    return first;
  },
  "a part is missing": (world) => {
    for (const upload of world.buckets.uploads.values()) upload.parts.delete(1);
    return first;
  },
};

for (const every of [0, Number.POSITIVE_INFINITY]) {
  for (const [trouble, happen] of Object.entries(pullTroubles)) {
    test(`pull, stopped at any effect, then ${trouble}: goes on or starts again (checkpoints ${every === 0 ? "always" : "at the end"})`, async (t) => {
      const config = stream({ pull });
      const count = await explore(async (how) => {
        const world = createWorld(config);
        place(world.disk, "outbox/f", first, old);
        world.disk.watch = () => {
          const read = world.buckets.objects.get("bucket/in/f")?.map((version) => version?.bytes.toString()) ?? [];
          if (!world.disk.files.has("outbox/f") && !read.includes(first)) throw new Error("moved before it was in S3");
        };
        await world.bridge().poll(config);
        await attempt(world, how, every);
        world.disk.watch = () => {};
        const wasRead = world.content("bucket", "in/f") === first;
        const expected = happen(world);
        for (let turn = 0; turn < 3; turn++) {
          await recover(world, 2);
          await world.bridge().poll(config);
        }
        await recover(world);
        const where = `${how.name}, ${trouble}, ${wasRead ? "copied" : "not copied"} before`;
        t.is(world.content("bucket", "in/f"), expected, where);
        t.is(lastDelivery(world)?.sha256, sha256(expected), where);
        t.is(world.buckets.uploads.size, 0, `no upload is left (${where})`);
        t.is(world.entries()[0]?.["state"], "delivered", where);
        t.deepEqual(
          [...world.disk.files.keys()].filter((path) => !path.startsWith("outbox/.done/")),
          [],
          where,
        );
      });
      t.true(count > 20, `${count} effects were explored`);
    });
  }
}

test("pull: a file that needs many invocations gets there, and reads each part about once", async (t) => {
  const config = stream({ pull });
  const world = createWorld(config);
  place(world.disk, "outbox/f", first, old);
  await world.bridge().poll(config);
  let parts = 0;
  let runs = 0;
  while (world.entries()[0]?.["state"] !== "delivered" && runs < 50) {
    runs++;
    world.time.now += 60_000;
    let uploaded = 0;
    const effects: Effects = async (name, effect) => {
      if (name === "objects.uploadPart") {
        uploaded++;
        parts++;
      }
      return effect();
    };
    const remaining = () => (uploaded >= 2 ? 10_000 : 900_000);
    await world.bridge(effects, undefined, { remaining, sizes: sizesOf(Number.POSITIVE_INFINITY) }).drainAll();
  }
  t.is(world.content("bucket", "in/f"), first);
  t.is(lastDelivery(world)?.sha256, sha256(first));
  t.is(runs, 4, "six parts, two a run, and one that reads the object once more");
  t.is(parts, 6, "none was sent twice");
  t.is(world.entries()[0]?.["attempts"], 1);
});

test("push: a partner that takes longer for what is on its way than there is time gets the file all the same", async (t) => {
  const world = createWorld(stream({ push }));
  await world.bridge().intake(world.put("bucket", "out/f", first));
  /** Bytes that the partner acknowledges in one run, however many it was sent. */
  const share = 12;
  let runs = 0;
  for (; world.entries()[0]?.["state"] !== "delivered" && runs < 10; runs++) {
    world.time.now += untilLapsed;
    let waiting = false;
    const bridge = world.bridge(undefined, undefined, {
      remaining: () => (waiting ? 10_000 : 900_000),
      sizes: sizesOf(Number.POSITIVE_INFINITY),
    });
    const instead: Partial<typeof bridge.deps> = {
      every: (_, act) => {
        const timer = setInterval(act, 5);
        return () => clearInterval(timer);
      },
      connect: async (...given) => {
        const remote = await bridge.deps.connect(...given);
        return {
          ...remote,
          openWrite: async (path, options) => {
            const writer = await remote.openWrite(path, options);
            const limit = (options.offset ?? 0) + share;
            const answered = async () => {
              waiting = writer.acknowledged > limit;
              if (waiting) await new Promise((resolve) => remote.lost.addEventListener("abort", resolve));
            };
            return {
              get acknowledged() {
                return Math.min(writer.acknowledged, limit);
              },
              write: (chunk) => writer.write(chunk),
              flush: answered,
              close: async () => {
                await answered();
                return writer.close();
              },
            };
          },
        };
      },
    };
    await bridge.drainAll(instead);
  }
  t.is(world.disk.files.get("inbox/f")?.bytes.toString(), first);
  t.is(lastDelivery(world)?.sha256, sha256(first));
  t.is(runs, 4, "42 bytes, twelve a run");
});
