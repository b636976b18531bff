/** `push.on_exists = "number"`: a file whose name the partner has already gets a free one. */
import test from "ava";
import type { PushConfig } from "../../../lambda/src/config/types.ts";
import { numberedPath } from "../../../lambda/src/transfer/fill-template.ts";
import { deaths, untilCrash } from "../../helpers/effects.ts";
import { place } from "../../helpers/memory-remote.ts";
import { push, stream } from "../../helpers/streams.ts";
import { createWorld, untilLapsed, type World } from "../../helpers/world.ts";

const numbered = (changes: Partial<PushConfig> = {}) => stream({ push: { ...push, onExists: "number", ...changes } });
const files = (world: World) => [...world.disk.files.keys()].toSorted();
const text = (world: World, path: string) => world.disk.files.get(path)?.bytes.toString();
const send = async (world: World, path: string, content: string) => {
  await world.bridge().intake(world.put("bucket", `out/${path}`, content));
  await world.bridge().drainAll();
};
const hour = 3_600_000;
const old = Date.UTC(2025, 11, 1) / 1000;

test("the number stands before the ending", (t) => {
  t.deepEqual(
    ["a/report.csv", "x.tar.gz", ".profile", "a.b/plain"].map((path) => numberedPath(path, 2)),
    ["a/report-2.csv", "x.tar-2.gz", ".profile-2", "a.b/plain-2"],
  );
  t.is(numberedPath("a/report.csv", 0), "a/report.csv");
});

test("nothing is replaced: the partner's file, an older version, another file with that very name", async (t) => {
  const world = createWorld(numbered());
  place(world.disk, "inbox/f.csv", "theirs", old);
  await send(world, "f.csv", "first");
  world.time.now += hour;
  await send(world, "f.csv", "second");
  await send(world, "f-1.csv", "another file");
  t.deepEqual(files(world), ["inbox/f-1-1.csv", "inbox/f-1.csv", "inbox/f-2.csv", "inbox/f.csv"]);
  t.is(text(world, "inbox/f.csv"), "theirs");
  t.is(text(world, "inbox/f-1.csv"), "first");
  t.is(text(world, "inbox/f-2.csv"), "second");
  t.is(text(world, "inbox/f-1-1.csv"), "another file");
  t.like(world.entries().find(({ path }) => path === "f.csv")?.["deliveries"], [
    { destination: "inbox/f-1.csv" },
    { destination: "inbox/f-2.csv" },
  ]);
});

test("a name that is free again is taken again", async (t) => {
  const world = createWorld(numbered());
  await send(world, "f", "first");
  world.disk.files.delete("inbox/f");
  world.time.now += hour;
  await send(world, "f", "second");
  t.deepEqual(files(world), ["inbox/f"]);
});

test("a name that another file was delivered under isn't taken, also where the partner took the file", async (t) => {
  const world = createWorld(numbered());
  await send(world, "f-1", "of f-1");
  world.disk.files.clear();
  place(world.disk, "inbox/f", "theirs", old);
  await send(world, "f", "ours");
  t.deepEqual(files(world), ["inbox/f", "inbox/f-2"]);
});

test("files of several directories that a template puts into one never share a name, in one run either", async (t) => {
  const world = createWorld(numbered({ name: "{name}" }));
  for (const name of ["a", "b", "c"]) await world.bridge().intake(world.put("bucket", `out/${name}/f`, `of ${name}`));
  await world.bridge().drainAll();
  t.deepEqual(files(world), ["inbox/f", "inbox/f-1", "inbox/f-2"]);
  t.deepEqual(
    files(world)
      .map((path) => text(world, path))
      .toSorted(),
    ["of a", "of b", "of c"],
  );
});

test("a crash at any effect: the file comes once, and what the partner has by then stays", async (t) => {
  for (const isLate of [false, true])
    for (const effects of deaths(15)) {
      const world = createWorld(numbered());
      if (!isLate) place(world.disk, "inbox/f", "theirs", old);
      const arrivals = new Map<number, string>();
      world.disk.watch = () => {
        for (const [path, { inode, bytes }] of world.disk.files)
          if (!path.endsWith(".tmp") && bytes.toString() === "ours") arrivals.set(inode, path);
      };
      await world.bridge().intake(world.put("bucket", "out/f", "ours"));
      await untilCrash(() => world.bridge(effects).drainAll());
      const isSent = arrivals.size > 0;
      if (!isSent) place(world.disk, "inbox/f", "theirs", old);
      for (let turn = 0; turn < 2; turn++) {
        world.time.now += turn === 0 ? untilLapsed : hour;
        await world.bridge().drainAll();
      }
      const where = effects.where();
      t.deepEqual([...arrivals.values()], [isLate && isSent ? "inbox/f" : "inbox/f-1"], where);
      t.deepEqual(files(world), isLate && isSent ? ["inbox/f"] : ["inbox/f", "inbox/f-1"], where);
      t.is(world.entries()[0]?.["state"], "delivered", where);
    }
});

test("a file that comes between the look and the rename isn't replaced: the next name is taken", async (t) => {
  const world = createWorld(numbered());
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
  t.is(text(world, "inbox/f-1"), "ours");
  t.deepEqual(files(world), ["inbox/f", "inbox/f-1"]);
});

test("{seq} keeps its number beside one of these", async (t) => {
  const world = createWorld(numbered({ name: "{seq:3}{ext}" }));
  place(world.disk, "inbox/001.csv", "theirs", old);
  await send(world, "a.csv", "a");
  await send(world, "b.csv", "b");
  t.deepEqual(files(world), ["inbox/001-1.csv", "inbox/001.csv", "inbox/002.csv"]);
});

test("where all numbers are taken it fails with what to do", async (t) => {
  const world = createWorld(numbered());
  for (let n = 0; n <= 999; n++) place(world.disk, `inbox/${numberedPath("f", n)}`, "theirs", old);
  await send(world, "f", "ours");
  t.is(world.disk.files.size, 1000);
  t.regex(JSON.stringify(world.entries()[0]?.["last_error"]), /its numbers up to 999 are all at the partner/);
});
