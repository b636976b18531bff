/** Large files over several connections: the slots that are free, and no more; and what rings at them is heard. */
import test from "ava";
import { acquireLease } from "../../../lambda/src/journal/lease.ts";
import { RemoteError } from "../../../lambda/src/sftp/errors.ts";
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

test("slots that others hold are neither waited for nor rung", async (t) => {
  const world = createWorld(with3);
  const { deps } = world.bridge();
  const others = [await acquireLease(deps, partner, 3), await acquireLease(deps, partner, 3)];
  await world.bridge().intake(world.put("bucket", "out/f", "content"));
  await world.bridge().drainAll();
  t.is(world.disk.files.get("inbox/f")?.bytes.toString(), "content");
  t.is(world.connections.most, 1);
  for (const other of others) {
    await other?.look();
    t.is(other?.rings, 0);
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
  for (const name of ["a", "b"]) {
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
  }
  t.is(attempts, 1 + 2 + 1, "both further ones once, and none with the second file");
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
    sizes: { part: 8, quick: 0, tail: 4, mark: 4, pace: 1_000, checkpointEvery: Number.POSITIVE_INFINITY },
  });
  const offsets: number[] = [];
  let writes = 0;
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
            flush: () => writer.flush(),
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
});
