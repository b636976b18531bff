/** `push.on_exists`: what becomes of a file whose name the partner has already. */
import test from "ava";
import { Crash, deaths, type Effects, untilCrash } from "../../helpers/effects.ts";
import { place } from "../../helpers/memory-remote.ts";
import { push, stream } from "../../helpers/streams.ts";
import { createWorld, untilLapsed, type World } from "../../helpers/world.ts";

const files = (world: World) => [...world.disk.files.keys()].toSorted();
const text = (world: World, path: string) => world.disk.files.get(path)?.bytes.toString();
const hour = 3_600_000;
const old = Date.UTC(2025, 11, 1) / 1000;

test("skip: the partner's file stays, nothing is sent, and a newer version is sent once it is gone", async (t) => {
  const world = createWorld(stream({ push: { ...push, onExists: "skip" } }));
  place(world.disk, "inbox/f", "theirs", old);
  await world.bridge().intake(world.put("bucket", "out/f", "ours"));
  const bridge = world.bridge();
  await bridge.drainAll();
  t.is(text(world, "inbox/f"), "theirs");
  t.like(world.entries()[0], { state: "skipped", last_error: { kind: "exists" } });
  t.true(bridge.telemetry.lines.some(({ message }) => message.includes("the partner has a file of that name")));
  world.disk.files.delete("inbox/f");
  await world.bridge().intake(world.put("bucket", "out/f", "newer"));
  await world.bridge().drainAll();
  t.is(text(world, "inbox/f"), "newer");
});

test("fail: the error names the file, and it is sent once the other is gone", async (t) => {
  const world = createWorld(stream({ push: { ...push, onExists: "fail" } }));
  place(world.disk, "inbox/f", "theirs", old);
  await world.bridge().intake(world.put("bucket", "out/f", "ours"));
  await world.bridge().drainAll();
  t.is(text(world, "inbox/f"), "theirs");
  t.regex(JSON.stringify(world.entries()[0]?.["last_error"]), /inbox\/f is at the partner already.*push\.on_exists/);
  world.disk.files.delete("inbox/f");
  world.time.now += hour;
  await world.bridge().drainAll();
  t.is(text(world, "inbox/f"), "ours");
});

test("fail with a name of a template: the failure is recorded, and isn't tried again at once", async (t) => {
  const world = createWorld(stream({ push: { ...push, onExists: "fail", name: "{stem}-x{ext}" } }));
  place(world.disk, "inbox/f-x", "theirs", old);
  await world.bridge().intake(world.put("bucket", "out/f", "ours"));
  let effects = 0;
  const few: Effects = async (_name, effect) => {
    if (++effects > 500) throw new Crash("it goes on and on");
    return effect();
  };
  await t.notThrowsAsync(world.bridge(few).drainAll());
  t.regex(JSON.stringify(world.entries()[0]?.["last_error"]), /inbox\/f-x is at the partner already/);
});

for (const onExists of ["skip", "fail"] as const)
  test(`a crash at any effect, and a file of the partner's at any time: ${onExists} replaces nothing`, async (t) => {
    for (const content of ["ours", "else"])
      for (const effects of deaths()) {
        const world = createWorld(stream({ push: { ...push, onExists } }));
        await world.bridge().intake(world.put("bucket", "out/f", "ours"));
        await untilCrash(() => world.bridge(effects).drainAll());
        const isSent = world.disk.files.has("inbox/f");
        // The partner's own, even with our bytes.
        if (!isSent) place(world.disk, "inbox/f", content, old);
        const inode = world.disk.files.get("inbox/f")?.inode;
        // What an unfinished attempt has left goes with the end, at the latest when the file is given up.
        for (let turn = 0; turn < 10; turn++) {
          world.time.now += turn === 0 ? untilLapsed : hour;
          await world.bridge().drainAll();
        }
        const where = effects.where();
        t.is(world.disk.files.get("inbox/f")?.inode, inode, where);
        t.deepEqual(files(world), ["inbox/f"], where);
        const ended = isSent ? "delivered" : onExists === "skip" ? "skipped" : "failed";
        t.is(world.entries()[0]?.["state"], ended, where);
      }
  });

test("a file that comes between the look and the rename isn't replaced either", async (t) => {
  const world = createWorld(stream({ push: { ...push, onExists: "skip" } }));
  await world.bridge().intake(world.put("bucket", "out/f", "ours"));
  await world
    .bridge(async (name, effect) => {
      if (name === "remote.close") place(world.disk, "inbox/f", "theirs", old);
      return effect();
    })
    .drainAll();
  world.time.now += hour;
  await world.bridge().drainAll();
  t.is(text(world, "inbox/f"), "theirs");
  t.deepEqual(files(world), ["inbox/f"]);
  t.is(world.entries()[0]?.["state"], "skipped");
});
