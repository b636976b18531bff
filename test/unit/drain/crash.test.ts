/** Dies behind every single change that a transfer makes, and looks what the next run makes of it. */
import test from "ava";
import type { StreamConfig } from "../../../lambda/src/config/types.ts";
import { tick } from "../../../lambda/src/runs/tick.ts";
import { defaultSizes } from "../../../lambda/src/transfer/sizes.ts";
import { type Dying, deaths, type Effects, looks, untilCrash } from "../../helpers/effects.ts";
import { place } from "../../helpers/memory-remote.ts";
import { pull, push, stream } from "../../helpers/streams.ts";
import { createWorld, untilLapsed, type World } from "../../helpers/world.ts";

const old = Date.UTC(2025, 11, 1) / 1000;

const explore = async (scenario: (effects: Dying) => Promise<void>): Promise<void> => {
  for (const effects of deaths(16)) await scenario(effects);
};

const recover = async (world: World): Promise<void> => {
  for (let turn = 0; turn < 3; turn++) {
    world.time.now += untilLapsed;
    await world.bridge().drainAll();
  }
};

const onlyFinalNames = (world: World): string[] => [...world.disk.files.keys()].filter((path) => path.includes(".tmp"));

test("push: a crash at any effect loses nothing, shows nothing half-written and leaves nothing behind", async (t) => {
  const config = stream({ push });
  const versions = ["first version, long enough", "second!"];
  await explore(async (effects) => {
    const world = createWorld(config);
    const seen: string[] = [];
    world.disk.watch = () => {
      const there = world.disk.files.get("inbox/a/file.txt")?.bytes.toString();
      if (there !== undefined && there !== seen.at(-1)) seen.push(there);
    };
    await world.bridge().intake(world.put("bucket", "out/a/file.txt", versions[0] ?? ""));
    await untilCrash(() => world.bridge(effects).drainAll());
    world.time.now += 1;
    await world.bridge().intake(world.put("bucket", "out/a/file.txt", versions[1] ?? ""));
    await recover(world);

    const where = effects.where();
    t.is(
      world.disk.files.get("inbox/a/file.txt")?.bytes.toString(),
      versions[1],
      `the newest version is there (${where})`,
    );
    t.true(
      seen.every((content) => versions.includes(content)),
      `only whole versions were seen (${where})`,
    );
    t.deepEqual(
      seen,
      seen.toSorted((a, b) => versions.indexOf(a) - versions.indexOf(b)),
      `none came back (${where})`,
    );
    t.deepEqual(onlyFinalNames(world), [], `no temporary file is left (${where})`);
    t.deepEqual(
      world.entries().map((entry) => entry["state"]),
      ["delivered"],
      `${where}`,
    );
  });
});

test("push: a crash at any effect sends a version again only between the rename and its record", async (t) => {
  const config = stream({ push });
  const again = new Set<string>();
  await explore(async (effects) => {
    const world = createWorld(config);
    let arrivals = 0;
    let inode: number | undefined;
    world.disk.watch = () => {
      const there = world.disk.files.get("inbox/file.txt");
      if (there && there.inode !== inode) {
        arrivals++;
        inode = there.inode;
        world.disk.files.delete("inbox/file.txt"); // a partner that takes files at once
      }
    };
    await world.bridge().intake(world.put("bucket", "out/file.txt", "content"));
    await untilCrash(() => world.bridge(effects).drainAll());
    await recover(world);
    t.true(arrivals >= 1);
    t.true(arrivals <= 2);
    if (arrivals > 1) again.add(effects.changes.findLast((name) => name.startsWith("remote.")) ?? "");
  });
  t.deepEqual([...again], ["remote.publish"]);
});

test("push: a crash at any effect sends nothing twice to a partner that leaves the file there", async (t) => {
  const config = stream({ push });
  await explore(async (effects) => {
    const world = createWorld(config);
    const arrivals = new Set<number>();
    world.disk.watch = () => {
      const there = world.disk.files.get("inbox/file.txt");
      if (there) arrivals.add(there.inode);
    };
    await world.bridge().intake(world.put("bucket", "out/file.txt", "content"));
    await untilCrash(() => world.bridge(effects).drainAll());
    await recover(world);
    t.is(arrivals.size, 1, effects.where());
  });
});

const afterEach = { move: "outbox/.done/", delete: undefined, keep: "outbox/" } as const;

for (const after of ["move", "delete", "keep"] as const) {
  test(`pull with after = "${after}": a crash at any effect loses nothing and pulls nothing twice into S3`, async (t) => {
    const config: StreamConfig = stream({ pull: { ...pull, after } });
    await explore(async (effects) => {
      const world = createWorld(config);
      place(world.disk, "outbox/data.csv", "some content", old);
      const first = world.bridge(effects);
      await untilCrash(async () => {
        await first.poll(config);
        await first.drainAll();
      });
      await recover(world);
      await world.bridge().poll(config);
      await world.bridge().drainAll();
      await world.bridge().poll(config);
      await world.bridge().drainAll();

      const where = effects.where();
      t.is(world.content("bucket", "in/data.csv"), "some content", where);
      t.deepEqual(
        world.entries().map((entry) => entry["state"]),
        ["delivered"],
        where,
      );
      t.is(world.buckets.uploads.size, 0, where);
      const left = [...world.disk.files.keys()];
      const expected = afterEach[after];
      if (expected === undefined) t.deepEqual(left, [], where);
      else t.true(left.length === 1 && (left[0] ?? "").startsWith(expected), `${left.join()} (${where})`);
      t.true((world.buckets.objects.get("bucket/in/data.csv")?.length ?? 0) <= 2, where);
    });
  });
}

/** All that outlives a process. */
const stateOf = (world: World): string =>
  JSON.stringify([
    [...world.items],
    [...world.disk.files],
    [...world.disk.directories],
    [...world.buckets.objects],
    [...world.buckets.uploads.values()].map(({ parts, ...upload }) => [upload, [...parts]]),
    world.bus.taken,
    world.started,
    world.time,
  ]);

test("a look changes nothing, so that a death before it and one behind it are the same", async (t) => {
  const gate = { functionArn: "arn:aws:lambda:eu-central-1:111111111111:function:scan", timeoutHours: 24 };
  const sizes = { ...defaultSizes, part: 5, quick: 5, checkpointEvery: 0 };
  const seen = new Set<string>();
  for (const config of [
    stream({ push, pull }),
    stream({ push: { ...push, gate, marker: { name: "{name}.done", content: "sha256" } }, pull: { ...pull, gate } }),
    stream({ push: { ...push, onExists: "number" }, pull: { ...pull, onExists: "number", name: "{seq}-{name}" } }),
  ]) {
    const world = createWorld(config);
    world.bus.on.push("delivered", "failed");
    world.gates.answer = () => ({ verdict: "pass" });
    const effects: Effects = async (name, effect) => {
      if (!looks.has(name)) return effect();
      seen.add(name);
      const before = stateOf(world);
      const result = effect();
      if (stateOf(world) !== before) t.fail(name);
      return result;
    };
    for (const content of ["some content", "a newer version"]) {
      await world.bridge(effects).intake(world.put("bucket", "out/a/file.txt", content));
      place(world.disk, "outbox/data.csv", content, old);
      for (let turn = 0; turn < 2; turn++) {
        const bridge = world.bridge(effects, undefined, { sizes });
        await bridge.poll(config);
        await bridge.drainAll();
        await tick(bridge.invocation);
        world.time.now += untilLapsed;
      }
    }
    t.true(world.entries().every(({ state }) => state === "delivered"));
  }
  t.deepEqual(
    [...looks].filter((name) => !seen.has(name)),
    [],
    "each was made",
  );
});
