/** `push.work_directory`: files are written there, and moved from there. */
import test from "ava";
import type { PushConfig } from "../../../lambda/src/config/types.ts";
import { deaths, untilCrash } from "../../helpers/effects.ts";
import { push, stream } from "../../helpers/streams.ts";
import { createWorld, untilLapsed, type World } from "../../helpers/world.ts";

const working = (changes: Partial<PushConfig> = {}) => stream({ push: { ...push, workDirectory: "work", ...changes } });
const files = (world: World) => [...world.disk.files.keys()].toSorted();

test("files and their markers are written in the work directory, and only renamed into the stream's", async (t) => {
  const world = createWorld(working({ marker: { name: "{name}.done", content: "size" } }));
  const seen = new Set<string>();
  world.disk.watch = () => {
    for (const path of files(world)) seen.add(path.replace(/-n\d+\./, "-n."));
  };
  await world.bridge().intake(world.put("bucket", "out/a/file.txt", "content"));
  await world.bridge().drainAll();
  t.deepEqual(
    [...seen],
    ["work/.s3-sftp-bridge-n.tmp", "inbox/a/file.txt", "inbox/a/file.txt.done"],
    "nothing unfinished was in the stream's directory",
  );
  t.deepEqual(files(world), ["inbox/a/file.txt", "inbox/a/file.txt.done"]);
});

for (const later of ["work", "elsewhere", undefined])
  test(`a crash at any effect sends a file once and leaves nothing behind; work directory by then: ${later}`, async (t) => {
    for (const effects of deaths(15)) {
      const side = { ...push, workDirectory: "work" };
      const world = createWorld(stream({ push: side }));
      const arrivals = new Set<number>();
      world.disk.watch = () => {
        const there = world.disk.files.get("inbox/file.txt");
        if (!there) return;
        arrivals.add(there.inode);
        if (there.bytes.toString() !== "content") throw new Error("half a file");
      };
      await world.bridge().intake(world.put("bucket", "out/file.txt", "content"));
      await untilCrash(() => world.bridge(effects).drainAll());
      Object.assign(side, { workDirectory: later });
      for (let turn = 0; turn < 3; turn++) {
        world.time.now += untilLapsed;
        await world.bridge().drainAll();
      }
      const where = effects.where();
      t.is(arrivals.size, 1, where);
      t.is(world.entries()[0]?.["state"], "delivered", where);
      // What is in a directory that isn't the stream's any more stays: nothing says whose it is.
      const left = files(world).filter((path) => later === "work" || !path.startsWith("work/"));
      t.deepEqual(left, ["inbox/file.txt"], where);
    }
  });
