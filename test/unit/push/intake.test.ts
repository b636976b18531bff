import test from "ava";
import type { Entry } from "../../../lambda/src/journal/entry.ts";
import { streamsFor } from "../../../lambda/src/push/intake.ts";
import { configOf, push, stream } from "../../helpers/streams.ts";
import { createWorld } from "../../helpers/world.ts";

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
