import test from "ava";
import type { PushConfig } from "../../../lambda/src/config/types.ts";
import { RemoteError } from "../../../lambda/src/sftp/errors.ts";
import { deaths, noFaults, untilCrash } from "../../helpers/effects.ts";
import { place } from "../../helpers/memory-remote.ts";
import { pull, push, stream } from "../../helpers/streams.ts";
import { createWorld, untilLapsed } from "../../helpers/world.ts";

const withAttributes = (changes: Partial<PushConfig>) => stream({ push: { ...push, ...changes } });
const hour = 3_600_000;

for (const upload of ["atomic", "direct"] as const)
  test(`a file gets its permissions and the time of its source before it is shown: upload = "${upload}"`, async (t) => {
    const config = withAttributes({ upload, mode: 0o640, keepMtime: true });
    const world = createWorld(config);
    await world.bridge().intake(world.put("bucket", "out/put", "content"));
    const put = Math.floor(world.time.now / 1000);
    await world.bridge().intake(world.put("bucket", "out/copied", "content", { mtime: "1700000000.5" }));
    world.time.now += hour;
    await world.bridge().drainAll();
    t.like(world.disk.files.get("inbox/put"), { mode: 0o640, mtime: put });
    t.like(world.disk.files.get("inbox/copied"), { mode: 0o640, mtime: 1_700_000_000 });
  });

test("a server that refuses permissions or times gets the file without, and a warning says so", async (t) => {
  const world = createWorld(withAttributes({ mode: 0o640 }));
  await world.bridge().intake(world.put("bucket", "out/file", "content"));
  const bridge = world.bridge(async (name, effect) => {
    if (name === "remote.setAttributes") throw new RemoteError("unsupported", "no SETSTAT");
    return effect();
  });
  await bridge.drainAll();
  t.is(world.entries()[0]?.["state"], "delivered");
  t.true(bridge.telemetry.lines.some(({ message }) => message.includes("push.mode")));
});

test("a file that was renamed before a crash is known by the time that it was given", async (t) => {
  for (const effects of deaths()) {
    const world = createWorld(withAttributes({ keepMtime: true }));
    const arrivals = new Set<number>();
    world.disk.watch = () => {
      const there = world.disk.files.get("inbox/file");
      if (there) arrivals.add(there.inode);
    };
    await world.bridge().intake(world.put("bucket", "out/file", "content", { mtime: "1700000000" }));
    let isRead = false;
    await untilCrash(() => world.bridge(effects).drainAll());
    const isThere = arrivals.size === 1;
    world.time.now += untilLapsed;
    await world
      .bridge((name, effect) => {
        isRead ||= name === "remote.openRead";
        return noFaults(name, effect);
      })
      .drainAll();
    t.is(arrivals.size, 1, effects.where());
    if (isThere) t.false(isRead, `its bytes needn't be compared (${effects.where()})`);
  }
});

test("what the partner said of a pulled file is metadata of its object, and comes back with a push", async (t) => {
  const config = stream({ pull: { ...pull, after: "delete" } });
  const world = createWorld(config);
  place(world.disk, "outbox/file", "content", 1_700_000_000);
  await world.bridge().poll(config);
  await world.bridge().drainAll();
  t.is(world.buckets.objects.get("bucket/in/file")?.at(-1)?.metadata["mtime"], "1700000000");
});
