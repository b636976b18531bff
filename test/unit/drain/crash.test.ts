/** Dies at every single effect of a transfer, before it and after it, and looks what the next run makes of it. */
import test from "ava";
import type { StreamConfig } from "../../../lambda/src/config/types.ts";
import { Crash, crashAt } from "../../helpers/effects.ts";
import { place } from "../../helpers/memory-remote.ts";
import { pull, push, stream } from "../../helpers/streams.ts";
import { createWorld, untilLapsed, type World } from "../../helpers/world.ts";

const old = Date.UTC(2025, 11, 1) / 1000;

/** Runs a scenario once for each effect and side of it; returns how many there were. */
const explore = async (scenario: (effects: ReturnType<typeof crashAt>) => Promise<void>): Promise<number> => {
  for (let n = 0; ; n++) {
    for (const when of ["before", "after"] as const) {
      const effects = crashAt(n, when);
      await scenario(effects);
      if (when === "after" && effects.count() <= n) return n;
    }
  }
};

const untilCrash = async (run: () => Promise<unknown>): Promise<void> => {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
  }
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
  const steps = await explore(async (effects) => {
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

    const where = effects.log.at(-1);
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
  t.true(steps > 15, `${steps} effects were explored`);
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
    if (arrivals > 1) again.add(effects.log.findLast((name) => name.startsWith("remote.")) ?? "");
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
    t.is(arrivals.size, 1, effects.log.at(-1));
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

      const where = effects.log.at(-1);
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
