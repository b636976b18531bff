import test from "ava";
import type { Entry } from "../../../lambda/src/journal/entry.ts";
import { streamsFor } from "../../../lambda/src/push/intake.ts";
import type { CreatedObject } from "../../../lambda/src/push/s3-event.ts";
import { configOf, push, stream } from "../../helpers/streams.ts";
import { createWorld, type World } from "../../helpers/world.ts";

const names = (key: string, size = 1) =>
  streamsFor(
    configOf(
      stream({ name: "a", push }),
      stream({ name: "b", push: { ...push, prefix: "out/sub/" } }),
      stream({ name: "c", push: { ...push, bucket: "other" } }),
      stream({ name: "d", push: { ...push, prefix: "", include: ["**/*.csv"], exclude: ["**/tmp/**"] } }),
    ),
    { bucket: "bucket", key, size },
  ).map(({ name }) => name);

test("an object goes to every stream whose bucket and prefix contain it, and whose patterns let it", (t) => {
  t.deepEqual(names("out/x"), ["a"]);
  t.deepEqual(names("out/sub/x"), ["a", "b"]);
  t.deepEqual(names("out/sub/x.csv"), ["a", "b", "d"]);
  t.deepEqual(names("out/tmp/x.csv"), ["a"]);
  t.deepEqual(names("outer/x"), []);
});

test("folder markers aren't files; other empty objects are", (t) => {
  t.deepEqual(names("out/", 0), []);
  t.deepEqual(names("out/folder/", 0), []);
  t.deepEqual(names("out/empty", 0), ["a"]);
});

test("duplicates and older versions fall away, whatever the order", async (t) => {
  const world = createWorld(stream({ push }));
  const first = world.put("bucket", "out/x", "1");
  const second = world.put("bucket", "out/x", "2");
  const bridge = world.bridge();
  t.is((await bridge.intake(second)).length, 1);
  t.is((await bridge.intake(first)).length, 0);
  t.is((await bridge.intake(second)).length, 0);
  t.is(world.entries().length, 1);
});

test("a newer version of a delivered object is a file to be sent again", async (t) => {
  const world = createWorld(stream({ push }));
  const bridge = world.bridge();
  await bridge.intake(world.put("bucket", "out/x", "1"));
  await bridge.drainAll();
  await bridge.intake(world.put("bucket", "out/x", "2"));
  await bridge.drainAll();
  t.is(world.disk.files.get("inbox/x")?.bytes.toString(), "2");
  t.is((world.entries() as unknown as Entry[])[0]?.deliveries.length, 2);
});

/** What somebody may say who can put messages into the queue. `time` as the parser leaves it: not in the future. */
const lies: Readonly<Record<string, Partial<CreatedObject>>> = {
  "the greatest sequencer": { sequencer: "F".repeat(64) },
  "a sequencer that none can exceed, as an earlier version of the bridge took it": { sequencer: "Z".repeat(64) },
  "no sequencer, and the present": { sequencer: undefined },
  "a version that isn't there": { versionId: "made-up", sequencer: "F".repeat(64) },
  "another size": { size: 0, sequencer: "F".repeat(64) },
};

/** A file whose event is forged: before it is there, or when it is. */
const forged = async (world: World, lie: Partial<CreatedObject>, when: "first" | "later") => {
  const bridge = world.bridge();
  const event = world.put("bucket", "out/pay.csv", "one");
  if (when === "later") {
    await bridge.intake(event);
    await bridge.drainAll();
  }
  await bridge.intake({ ...event, ...lie });
  return { bridge, event };
};

for (const [what, lie] of Object.entries(lies)) {
  for (const when of ["first", "later"] as const) {
    test(`a forged event silences nobody (${what}, ${when}): the next version is sent, and the one after it`, async (t) => {
      const world = createWorld(stream({ push }));
      const { bridge } = await forged(world, lie, when);
      await bridge.drainAll();
      for (const content of ["two", "three, which is longer"]) {
        t.is((await bridge.intake(world.put("bucket", "out/pay.csv", content))).length, 1);
        await bridge.drainAll();
        t.is(world.disk.files.get("inbox/pay.csv")?.bytes.toString(), content);
      }
    });

    test(`… also where the next version comes while the forged one waits (${what}, ${when})`, async (t) => {
      const world = createWorld(stream({ push }));
      const { bridge } = await forged(world, lie, when);
      await bridge.intake(world.put("bucket", "out/pay.csv", "two"));
      await bridge.drainAll();
      t.is(world.disk.files.get("inbox/pay.csv")?.bytes.toString(), "two");
    });
  }
}

test("… and where it comes while the one before it is being moved", async (t) => {
  const world = createWorld(stream({ push }));
  const { bridge } = await forged(world, { sequencer: "F".repeat(64) }, "first");
  let seen = 0;
  const { drainAll } = world.bridge(async (name, effect) => {
    const result = await effect();
    if (name.startsWith("remote.") && seen++ === 3) await bridge.intake(world.put("bucket", "out/pay.csv", "two"));
    return result;
  });
  await drainAll();
  t.true(seen > 3);
  await bridge.drainAll();
  t.is(world.disk.files.get("inbox/pay.csv")?.bytes.toString(), "two");
});

test("a forged event can't have a version sent once more, nor an old one", async (t) => {
  const world = createWorld(stream({ push }));
  const bridge = world.bridge();
  const first = world.put("bucket", "out/x", "1");
  await bridge.intake(first);
  await bridge.drainAll();
  await bridge.intake(world.put("bucket", "out/x", "2"));
  await bridge.drainAll();
  for (const sequencer of ["F".repeat(64), "0", undefined]) {
    await bridge.intake({ ...first, sequencer });
    await bridge.drainAll();
  }
  t.is(world.disk.files.get("inbox/x")?.bytes.toString(), "2");
  t.is((world.entries() as unknown as Entry[])[0]?.deliveries.length, 2);
});

test("events that come twice or out of order are taken in once, and S3 is asked about those alone that look older", async (t) => {
  const world = createWorld(stream({ push }));
  const asked: string[] = [];
  const bridge = world.bridge(async (name, effect) => {
    if (name === "objects.head") asked.push(name);
    return effect();
  });
  const [first, second] = [world.put("bucket", "out/x", "1"), world.put("bucket", "out/x", "2")];
  await bridge.intake(second);
  await bridge.drainAll();
  t.is((await bridge.intake(second)).length, 0);
  t.deepEqual(asked, []);
  t.is((await bridge.intake(first)).length, 0);
  t.is(asked.length, 1);
});

test("an older event of an object that is gone by now brings nothing back", async (t) => {
  const world = createWorld(stream({ push }));
  const bridge = world.bridge();
  const [first, second] = [world.put("bucket", "out/x", "1"), world.put("bucket", "out/x", "2")];
  await bridge.intake(second);
  await bridge.drainAll();
  world.remove("bucket", "out/x");
  t.is((await bridge.intake(first)).length, 0);
});

test("where S3 can't be asked, the event isn't acknowledged", async (t) => {
  const world = createWorld(stream({ push }));
  const [first, second] = [world.put("bucket", "out/x", "1"), world.put("bucket", "out/x", "2")];
  await world.bridge().intake(second);
  await world.bridge().drainAll();
  const refused = world.bridge(async (name, effect) => {
    if (name === "objects.head") throw new Error("SlowDown");
    return effect();
  });
  await t.throwsAsync(refused.intake(first), { message: "SlowDown" });
});
