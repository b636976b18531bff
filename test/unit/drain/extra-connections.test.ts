/** Large files over several connections: the slots that are free, and no more; and what rings at them is heard. */
import test, { type ExecutionContext } from "ava";
import { type Partner, partnersOf } from "../../../lambda/src/config/partners.ts";
import { createDeadline } from "../../../lambda/src/drain/deadline.ts";
import { holdExtraConnections } from "../../../lambda/src/drain/extra-connections.ts";
import type { Entry } from "../../../lambda/src/journal/entry.ts";
import { acquireLease } from "../../../lambda/src/journal/lease.ts";
import { RemoteError } from "../../../lambda/src/sftp/errors.ts";
import type { Remote } from "../../../lambda/src/sftp/remote.ts";
import { sizesFor } from "../../../lambda/src/transfer/sizes.ts";
import { push, sftp, stream } from "../../helpers/streams.ts";
import { createWorld, type World } from "../../helpers/world.ts";

const partner = "us@partner:22";
const with3 = stream({ push, sftp: { ...sftp, maxConnections: 3 } });
const slots = (world: World) => [...world.items.keys()].filter((key) => key.includes("slot#"));

test("a large file gets the partner's other connections, and their slots are free afterwards", async (t) => {
  const world = createWorld(with3);
  await world.bridge().intake(world.put("bucket", "out/f", "content"));
  await world.bridge().drainAll();
  t.is(world.disk.files.get("inbox/f")?.bytes.toString(), "content");
  t.is(world.connections.most, 3);
  t.is(world.connections.open, 0);
  t.deepEqual(slots(world), []);
});

/** A large file's further connections in a function of 512 MB. `known`: of the round trip, so far. */
const small = (known: { roundTripMs?: number } = {}) => {
  const world = createWorld(with3);
  const { deps } = world.bridge();
  const looks = new Set<() => void>();
  const sizes = sizesFor(512);
  const processor = { used: 0 };
  const extra = holdExtraConnections(
    {
      ...deps,
      sizes,
      processorTime: () => processor.used,
      every: (_, look) => {
        looks.add(look);
        return () => looks.delete(look);
      },
    },
    partnersOf(deps.config).get(partner) as Partner,
    createDeadline(() => 900_000),
    () => known.roundTripMs,
  );
  /** Two seconds, in which the process has used so much of what it has of the processor. */
  const pass = async (share: number) => {
    world.time.now += 2_000;
    processor.used += 2_000 * share * (sizes.cores ?? 1);
    for (const look of [...looks]) look();
    for (let turn = 0; turn < 200; turn++) await new Promise(setImmediate);
  };
  return { extra, looks, pass };
};

test("with less than a core a large file gets further connections once the processor is idle", async (t) => {
  const { extra, looks, pass } = small();
  let joined = 0;
  extra.recruit(1e9, () => joined++);
  // Idle while it connects, then busy; in the end the server takes no more.
  for (const share of [0.1, 0.6, 0.95, 0.8, 0.6, 0.7]) {
    await pass(share);
    t.is(joined, 0);
  }
  extra.recruit(1e9, () => joined++);
  await pass(0.6);
  t.is(joined, 4, "both files with both connections");
  t.is(extra.remotes.length, 2);
  t.is(looks.size, 2, "those of the two connections' own");
  await extra.dismiss();
});

test("… where one can't carry what the processor can over the round trip, as many as can at once, and the rest once it is idle", async (t) => {
  const { extra, looks, pass } = small({ roundTripMs: 40 });
  let joined = 0;
  extra.recruit(1e9, () => joined++);
  await pass(0);
  t.is(joined, 1);
  for (const share of [0.9, 0, 0]) await pass(share);
  t.is(joined, 1);
  await pass(0);
  t.is(joined, 2);
  t.is(extra.remotes.length, 2);
  t.is(looks.size, 2, "those of the two connections' own");
  await extra.dismiss();
});

test("… also where the round trip is known only once it is looked at, and none at 20 ms", async (t) => {
  const known: { roundTripMs?: number } = {};
  const { extra, pass } = small(known);
  let joined = 0;
  extra.recruit(1e9, () => joined++);
  await pass(0.9);
  known.roundTripMs = 20;
  extra.recruit(1e9, () => joined++);
  await pass(0.9);
  t.is(joined, 0);
  known.roundTripMs = 40;
  extra.recruit(1e9, () => joined++);
  await pass(0.9);
  t.is(joined, 3, "all three files with the one connection");
  t.is(extra.remotes.length, 1);
  await extra.dismiss();
});

test("a drain knows its partner's round trip by TCP and by the first file it opens, whichever is quicker", async (t) => {
  for (const [roundTrip, told, most] of [
    [40, 40, 2],
    [20, 20, 1],
    // The process waited for its share of the processor: TCP's own answer is the quicker one.
    [20, 90, 1],
    // The machine was busy as it connected.
    [90, 20, 1],
  ] as const) {
    const world = createWorld(with3);
    await world.bridge().intake(world.put("bucket", "out/f", "content"));
    const bridge = world.bridge(undefined, undefined, { roundTrip, sizes: sizesFor(512) });
    await bridge.drainAll({
      connect: async (asked, signal, reached) => {
        world.time.now += 500; // credentials are read
        reached?.("connecting");
        return { ...(await bridge.deps.connect(asked, signal, reached)), roundTripMs: told };
      },
    });
    t.is(world.disk.files.get("inbox/f")?.bytes.toString(), "content");
    t.is(world.connections.most, most, `${roundTrip} ms, ${told} by an OPEN`);
    t.deepEqual(slots(world), []);
  }
});

test("… and what waits for that ends with the drain, and begins anew with the next file", async (t) => {
  const { extra, looks, pass } = small();
  let joined = 0;
  extra.recruit(1e9, () => joined++);
  for (const share of [0, 0]) await pass(share);
  const left = extra.dismiss().then(() => "left");
  t.is(await Promise.race([left, new Promise((resolve) => setTimeout(resolve, 20_000, "waits").unref())]), "left");
  await pass(0);
  t.is(joined, 0);
  t.is(looks.size, 0);
  extra.recruit(1e9, () => joined++);
  for (const share of [0, 0, 0]) await pass(share);
  t.is(joined, 2);
  await extra.dismiss();
});

test("slots that others hold are neither waited for nor rung", async (t) => {
  const world = createWorld(with3);
  const { deps } = world.bridge();
  const others = [await acquireLease(deps, partner, 3), await acquireLease(deps, partner, 3)];
  await world.bridge().intake(world.put("bucket", "out/f", "content"));
  await world.bridge().drainAll();
  t.is(world.disk.files.get("inbox/f")?.bytes.toString(), "content");
  t.is(world.connections.most, 1);
  for (const other of others) {
    await other?.refresh();
    t.is(other?.wakeUps, 0);
  }
});

test("a file under its final name moves over one connection", async (t) => {
  const world = createWorld(stream({ push: { ...push, upload: "direct" }, sftp: { ...sftp, maxConnections: 3 } }));
  await world.bridge().intake(world.put("bucket", "out/f", "content"));
  await world.bridge().drainAll();
  t.is(world.connections.most, 1);
});

test("a server that refuses one more connection gets the file over one, isn't asked again for a while, and nothing fails", async (t) => {
  const host = "refuses";
  const config = stream({ push, sftp: { ...sftp, host, maxConnections: 3 } });
  const world = createWorld(config);
  let attempts = 0;
  for (const [name, minutes, expected] of [
    ["a", 0, 1 + 2],
    ["b", 0, 1],
    ["c", 11, 1 + 1],
  ] as const) {
    attempts = 0;
    world.time.now += minutes * 60_000;
    await world.bridge().intake(world.put("bucket", `out/${name}`, name));
    let first = true;
    const bridge = world.bridge(undefined, undefined, {
      connecting: () => {
        attempts++;
        if (!first) throw new RemoteError("busy", "too many sessions");
        first = false;
      },
    });
    await bridge.drainAll();
    t.is(world.disk.files.get(`inbox/${name}`)?.bytes.toString(), name);
    t.deepEqual(
      bridge.telemetry.lines.filter(({ level }) => level === "error" || level === "warn"),
      [],
    );
    t.is(attempts, expected, `${name}: both, then none, then one, since each may count as a failed log-in`);
  }
  t.deepEqual(slots(world), []);
});

test("what rings at a further connection's slot is looked into before the drain leaves", async (t) => {
  const world = createWorld(stream({ push, sftp: { ...sftp, maxConnections: 2 } }));
  const other = await acquireLease(world.bridge().deps, partner, 2); // slot 0, which the helper gets later
  await world.bridge().intake(world.put("bucket", "out/f", "first"));
  let rung = false;
  const bridge = world.bridge(async (name, effect) => {
    if (name === "remote.openWrite") await other?.abandon();
    if (name === "table.remove" && !rung) {
      rung = true;
      await world.bridge().intake(world.put("bucket", "out/late", "second"));
      t.is(await acquireLease(world.bridge().deps, partner, 2), undefined, "all slots are taken");
      const [rings] = [...world.items.values()].filter((item) => item["rings"] === 1).map(({ sk }) => sk);
      t.is(rings, "slot#0", "which isn't the drain's own");
    }
    return effect();
  });
  await bridge.drainAll();
  t.true(rung);
  t.is(world.disk.files.get("inbox/late")?.bytes.toString(), "second");
});

test("a further connection that is lost costs a push nothing but what it had under way", async (t) => {
  const world = createWorld(stream({ push, sftp: { ...sftp, maxConnections: 2 } }));
  const content = "0123456789abcdefghijklmnopqrstuvwxyz";
  await world.bridge().intake(world.put("bucket", "out/f", content));
  const bridge = world.bridge(undefined, undefined, {
    sizes: { part: 8, maxPart: 64, quick: 0, tail: 4, checkpointEvery: Number.POSITIVE_INFINITY },
  });
  const offsets: number[] = [];
  let writes = 0;
  let flushes = 0;
  const instead: Partial<typeof bridge.deps> = {
    connect: async (...given) => {
      const remote = await bridge.deps.connect(...given);
      return {
        ...remote,
        openWrite: async (path, options) => {
          offsets.push(options.offset ?? 0);
          const writer = await remote.openWrite(path, options);
          return {
            get acknowledged() {
              return writer.acknowledged;
            },
            write: async (chunk) => {
              if (++writes === 5) throw new RemoteError("lost", "a further connection was lost");
              await writer.write(chunk);
            },
            flush: () => {
              flushes++;
              return writer.flush();
            },
            close: () => writer.close(),
          };
        },
      };
    },
  };
  await bridge.drainAll(instead);
  t.is(world.disk.files.get("inbox/f")?.bytes.toString(), content);
  t.is(offsets.length, 2);
  t.true((offsets[1] ?? 0) > 0, `it went on behind what had arrived: ${offsets.join()}`);
  t.is(world.entries()[0]?.["last_error"], undefined);
  t.is(flushes, 1, "what was on its way over the others was waited for");
});

/**
 * A drain of a far partner that allows two connections: a first file has the second connection made, and while it is under
 * way four others come. `act` is told of each file that is opened, with the number of its connection.
 */
const farDrain = async (
  world: World,
  {
    roundTrip = 20,
    act = () => {},
  }: { roundTrip?: number; act?: (over: number, remote: Remote) => Promise<void> | void },
) => {
  const bridge = world.bridge(undefined, undefined, { roundTrip });
  let made = 0;
  const wrote: number[] = [];
  const put = async (name: string) => world.bridge().intake(world.put("bucket", `out/${name}`, `content of ${name}`));
  await put("first");
  await bridge.drainAll({
    connect: async (...given) => {
      const over = made++;
      const remote = await bridge.deps.connect(...given);
      return {
        ...remote,
        openWrite: async (path, options) => {
          wrote.push(over);
          const writer = await remote.openWrite(path, options);
          if (wrote.length === 1) {
            for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
            for (const name of later) await put(name);
            // Finds both slots taken, and rings.
            await world.bridge().drainAll();
            for (let turn = 0; turn < 200; turn++) await new Promise(setImmediate);
          } else await act(over, remote);
          return writer;
        },
      };
    },
  });
  return { wrote, bridge };
};
const later = ["a", "b", "c", "d"];
const with2 = stream({ push, sftp: { ...sftp, maxConnections: 2 } });
const assertAllThere = (t: ExecutionContext, world: World) => {
  for (const name of ["first", ...later])
    t.is(world.disk.files.get(`inbox/${name}`)?.bytes.toString(), `content of ${name}`);
  t.deepEqual(
    world.entries().map(({ state }) => state),
    Array.from({ length: 5 }, () => "delivered"),
  );
  t.deepEqual(
    [...world.disk.files.keys()].filter((path) => path.endsWith(".tmp")),
    [],
  );
  t.is(world.connections.open, 0);
  t.deepEqual(slots(world), []);
};

test("whole files move over the further connections of a far partner, and not of a near one", async (t) => {
  for (const roundTrip of [20, 0]) {
    const world = createWorld(with2);
    const { wrote } = await farDrain(world, { roundTrip });
    t.deepEqual([...new Set(wrote)].toSorted(), roundTrip > 0 ? [0, 1] : [0], wrote.join());
    assertAllThere(t, world);
  }
});

test("a further connection that is lost costs the files on it another attempt, in the same drain", async (t) => {
  const world = createWorld(with2);
  let lost = 0;
  const { wrote, bridge } = await farDrain(world, {
    act: (over, remote) => {
      if (over !== 1 || lost > 0) return;
      lost++;
      const error = new RemoteError("lost", "a further connection was lost");
      remote.destroy(error);
      throw error;
    },
  });
  t.is(lost, 1);
  t.true(wrote.length > 5, wrote.join());
  assertAllThere(t, world);
  t.deepEqual(
    bridge.telemetry.lines.filter(({ level }) => level === "error"),
    [],
  );
});

test("when the drain's own lease goes, files on its further connections stop as well, and the next run sends them", async (t) => {
  const world = createWorld(with2);
  let cut: Remote | undefined;
  await farDrain(world, {
    act: async (over, remote) => {
      if (over !== 1 || cut) return;
      cut = remote;
      const own = (world.entries() as unknown as Entry[]).find(({ progress }) => progress)?.progress?.holder;
      const [key, item] = [...world.items].find(([, { holder }]) => holder === own) ?? [];
      if (key === undefined || item === undefined) return t.fail("the drain's own slot isn't there");
      // Somebody else has it by now: this run notices with its next look.
      world.items.set(key, { ...item, holder: "other" });
      for (let turn = 0; turn < 400 && !remote.lost.aborted; turn++) await new Promise(setImmediate);
    },
  });
  t.true(cut?.lost.aborted, "or it goes on writing under nobody's lease");
});
