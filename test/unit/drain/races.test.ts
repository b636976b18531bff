/** Races that are too narrow to be left to chance: each is brought about, at the one moment that matters. */
import test from "ava";
import type { Entry } from "../../../lambda/src/journal/entry.ts";
import { RemoteError } from "../../../lambda/src/sftp/errors.ts";
import { Crash, type Effects } from "../../helpers/effects.ts";
import { place } from "../../helpers/memory-remote.ts";
import { pull, push, sftp, stream } from "../../helpers/streams.ts";
import { createWorld, untilLapsed, type World } from "../../helpers/world.ts";

const old = Date.UTC(2025, 11, 1) / 1000;
const day = 86_400_000;

/** Does something once, right before or right after the first effect of a name. */
const once = (wanted: string, when: "before" | "after", act: () => Promise<void> | void): Effects => {
  let done = false;
  return async (name, effect) => {
    const mine = name === wanted && !done;
    if (mine) done = true;
    if (mine && when === "before") await act();
    const result = await effect();
    if (mine && when === "after") await act();
    return result;
  };
};

const pollAndDrain = async (world: World, times = 2): Promise<void> => {
  const [config] = world.config.streams.values();
  for (let turn = 0; turn < times; turn++) {
    world.time.now += untilLapsed;
    if (config) await world.bridge().poll(config);
    await world.bridge().drainAll();
  }
};

const versionsOf = (world: World, key: string) =>
  (world.buckets.objects.get(`bucket/${key}`) ?? []).map((version) => version?.bytes.toString());

test("what another live run is working on is left to it, although there is a free slot", async (t) => {
  const world = createWorld(stream({ push, sftp: { ...sftp, maxConnections: 2 } }));
  await world.bridge().intake(world.put("bucket", "out/f", "content"));
  let opened = 0;
  const second = world.bridge(async (name, effect) => {
    if (name === "remote.openWrite") opened++;
    return effect();
  });
  await world.bridge(once("remote.write", "after", async () => void (await second.drainAll()))).drainAll();
  t.is(opened, 0);
  t.is(world.disk.files.get("inbox/f")?.bytes.toString(), "content");
  t.is((world.entries()[0] as unknown as Entry).attempts, 1);
});

test("… also what a run has claimed that came after this one, while this one was polling", async (t) => {
  const config = stream({ pull, push, sftp: { ...sftp, maxConnections: 2 } });
  const world = createWorld(config);
  await world.bridge().intake(world.put("bucket", "out/f", "content"));
  await world.bridge().poll(config);
  let opened = 0;
  let claimed = () => {};
  let goOn = () => {};
  const isClaimed = new Promise<void>((resolve) => {
    claimed = resolve;
  });
  const mayGoOn = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  // The second run gets its slot while the first lists, claims the file, and writes until the first is through.
  const second = world.bridge(
    once("remote.write", "before", async () => {
      claimed();
      await mayGoOn;
    }),
  );
  let other: Promise<unknown> | undefined;
  const first = world.bridge(async (name, effect) => {
    if (name === "remote.openWrite") opened++;
    if (name === "remote.list" && !other) {
      other = second.drainAll();
      await isClaimed;
    }
    return effect();
  });
  const through = first.drainAll();
  // The first gives up after a while with nothing that is its own to do.
  await Promise.race([through, new Promise((resolve) => setTimeout(resolve, 500))]);
  goOn();
  await Promise.all([through, other]);
  t.is(opened, 0);
  t.is((world.entries()[0] as unknown as Entry).attempts, 1);
});

test("a file that grows between its last byte and the look after it isn't taken as it was", async (t) => {
  const config = stream({ pull });
  const world = createWorld(config);
  place(world.disk, "outbox/f", "half a", old);
  await world.bridge().poll(config);
  await world
    .bridge(once("remote.restat", "before", () => place(world.disk, "outbox/f", "half a file", old + 9)))
    .drainAll();
  await pollAndDrain(world);
  t.deepEqual(versionsOf(world, "in/f"), ["half a file"], "the half of it was never there");
});

for (const dies of [false, true]) {
  test(`a file that is replaced just before it is moved to .done is pulled in its turn${dies ? ", although the run dies there" : ""}`, async (t) => {
    const config = stream({ pull });
    const world = createWorld(config);
    place(world.disk, "outbox/f", "first", old);
    await world.bridge().poll(config);
    let dead = false;
    const replace = once("remote.move", "before", () => place(world.disk, "outbox/f", "second", old + 9));
    await world
      .bridge(async (name, effect) => {
        if (dead) throw new Crash(name);
        const result = await replace(name, effect);
        if (dies && name === "remote.move") {
          dead = true;
          throw new Crash(name);
        }
        return result;
      })
      .drainAll()
      .catch(() => {});
    await pollAndDrain(world, 3);
    t.deepEqual(versionsOf(world, "in/f"), ["first", "second"]);
    t.deepEqual(
      [...world.disk.files].filter(([path]) => !path.includes(".done")).map(([path]) => path),
      [],
    );
  });
}

test("a file in .done that the journal doesn't have as delivered is never purged", async (t) => {
  const config = stream({ pull });
  const world = createWorld(config);
  place(world.disk, "outbox/f", "pulled", old);
  await pollAndDrain(world, 1);
  const stamp = new Date(world.time.now).toISOString().replace(/\D/g, "").slice(0, 14);
  place(world.disk, `outbox/.done/${stamp}-f`, "never read", old + 50);
  const [mine] = [...world.disk.files.keys()].filter(
    (path) => world.disk.files.get(path)?.bytes.toString() === "pulled",
  );
  world.time.now += 20 * day;
  await pollAndDrain(world, 1);
  t.false(world.disk.files.has(mine ?? ""), "what was pulled is purged");
  t.is(world.disk.files.get(`outbox/.done/${stamp}-f`)?.bytes.toString(), "never read");
});

test("a run that wakes up after its lease went to another puts no older file over a newer one", async (t) => {
  const config = stream({ pull: { ...pull, after: "keep" } });
  const world = createWorld(config);
  place(world.disk, "outbox/f", "first", old);
  await world.bridge().poll(config);
  const sleeps = once("remote.stat", "after", async () => {
    place(world.disk, "outbox/f", "second", old + 9);
    await pollAndDrain(world, 3);
    t.deepEqual(versionsOf(world, "in/f"), ["second"]);
  });
  await world.bridge(sleeps).drainAll();
  t.deepEqual(versionsOf(world, "in/f"), ["second"]);
});

test("an upload that is deleted from S3 before it is sent ends as gone, and as its version where that can be read", async (t) => {
  const world = createWorld(stream({ push }));
  await world.bridge().intake({ ...world.put("bucket", "out/f", "content"), versionId: undefined });
  world.remove("bucket", "out/f");
  await world.bridge().intake(world.put("bucket", "out/g", "content of g"));
  world.remove("bucket", "out/g");
  await world.bridge().drainAll();
  const states = (world.entries() as unknown as Entry[]).map(({ path, state }) => [path, state]);
  t.deepEqual(states, [
    ["f", "gone"],
    ["g", "delivered"],
  ]);
});

for (const [name, second, later] of [
  ["of another size", "the second version", 5_000],
  ["of the same size", "SECOND", 5_000],
  ["of the same size, within the same second", "SECOND", 0],
] as const) {
  test(`the version before doesn't pass for the one that was about to be published, ${name}`, async (t) => {
    const world = createWorld(stream({ push }));
    await world.bridge().intake(world.put("bucket", "out/f", "first."));
    await world.bridge().drainAll();
    await world.bridge().intake(world.put("bucket", "out/f", second));
    world.time.now += later;
    let dead = false;
    await world
      .bridge(async (name, effect) => {
        const before = world.disk.files.get("inbox/f");
        const upload = [...world.disk.files].find(([path]) => path.endsWith(".tmp"))?.[1];
        if (later === 0 && before && upload) before.mtime = upload.mtime; // written within one second
        if (name === "remote.publish") dead = true;
        if (dead) throw new Crash(name);
        return effect();
      })
      .drainAll()
      .catch(() => {});
    t.true(dead);
    for (const path of [...world.disk.files.keys()]) if (path.endsWith(".tmp")) world.disk.files.delete(path);
    world.time.now += untilLapsed;
    await world.bridge().drainAll();
    t.is(world.disk.files.get("inbox/f")?.bytes.toString(), second);
  });
}

test("a file of the partner's that has the same size and another time doesn't pass for it either", async (t) => {
  const world = createWorld(stream({ push }));
  place(world.disk, "inbox/f", "theirs", 1_000);
  await world.bridge().intake(world.put("bucket", "out/f", "ours.."));
  let dead = false;
  await world
    .bridge(async (name, effect) => {
      if (name === "remote.publish") dead = true;
      if (dead) throw new Crash(name);
      return effect();
    })
    .drainAll()
    .catch(() => {});
  t.true(dead);
  for (const path of [...world.disk.files.keys()]) if (path.endsWith(".tmp")) world.disk.files.delete(path);
  world.time.now += untilLapsed;
  await world.bridge().drainAll();
  t.is(world.disk.files.get("inbox/f")?.bytes.toString(), "ours..");
});

test("a failure of one version doesn't keep the next one waiting", async (t) => {
  const world = createWorld(stream({ push }));
  await world.bridge().intake(world.put("bucket", "out/f", "first"));
  const fails = once("remote.write", "after", async () => {
    await world.bridge().intake(world.put("bucket", "out/f", "second"));
    throw new RemoteError("failure", "of the first version");
  });
  await world.bridge(fails).drainAll();
  const [entry] = world.entries() as unknown as Entry[];
  t.is(world.disk.files.get("inbox/f")?.bytes.toString(), "second", "sent in the same run");
  t.is(entry?.attempts, 1);
});

test("a ring between a holder's last look and the end of its lease is heard", async (t) => {
  const world = createWorld(stream({ push }));
  await world.bridge().intake(world.put("bucket", "out/f", "first"));
  const rings = once("table.remove", "before", async () => {
    await world.bridge().intake(world.put("bucket", "out/g", "second"));
    t.deepEqual(await world.bridge().drainAll(), [{ result: "held" }]);
  });
  await world.bridge(rings).drainAll();
  t.is(world.disk.files.get("inbox/g")?.bytes.toString(), "second", "without a tick");
});

test("a poll that is asked for between the look that a drain begins while it connects and its work is heard, also where a renewal tells of it", async (t) => {
  const config = stream({ pull });
  const world = createWorld(config);
  place(world.disk, "outbox/f", "content", old);
  const rung = Promise.withResolvers<void>();
  let isFirst = true;
  const bridge = world.bridge(async (name, effect) => {
    const result = await effect();
    if (name === "table.query" && isFirst) {
      isFirst = false;
      // What is seen is from before; an interval's turn comes behind it.
      await rung.promise;
    }
    if (name === "connect") {
      const other = world.bridge();
      await other.poll(config);
      t.deepEqual(await other.drainAll(), [{ result: "held" }]);
      world.time.now += 16_000;
      rung.resolve();
      for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    }
    return result;
  });
  await bridge.drainAll();
  t.deepEqual(versionsOf(world, "in/f"), ["content"]);
});

test("a poll that is done isn't found again by the look behind it", async (t) => {
  const config = stream({ pull });
  const world = createWorld(config);
  place(world.disk, "outbox/f", "content", old);
  await world.bridge().poll(config);
  let lists = 0;
  let isRemoving = false;
  await world
    .bridge(async (name, effect) => {
      if (name === "remote.list") lists++;
      // The table takes its time for it.
      if (name === "table.remove" && !isRemoving) {
        isRemoving = true;
        for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
      }
      return effect();
    })
    .drainAll();
  t.is(lists, 1);
});
