/** Markers for a partner (`push.marker`): written behind each file, and gone before a newer version shows. */
import { createHash } from "node:crypto";
import test from "ava";
import type { PushConfig, PushMarker, StreamConfig } from "../../../lambda/src/config/types.ts";
import { RemoteError } from "../../../lambda/src/sftp/errors.ts";
import { Crash, deaths, type Effects, untilCrash } from "../../helpers/effects.ts";
import { push, stream } from "../../helpers/streams.ts";
import { createWorld, untilLapsed, type World } from "../../helpers/world.ts";

const withMarker = (marker: Partial<PushMarker> = {}, changes: Partial<PushConfig> = {}): StreamConfig =>
  stream({ push: { ...push, marker: { name: "{name}.done", content: "sha256", ...marker }, ...changes } });

const sum = (algorithm: string, content: string) => createHash(algorithm).update(content).digest("hex");
const files = (world: World) => [...world.disk.files.keys()].toSorted();
const text = (world: World, path: string) => world.disk.files.get(path)?.bytes.toString();

for (const [content, expected] of [
  ["empty", ""],
  ["size", "12"],
  ["md5", sum("md5", "some content")],
  ["sha256", sum("sha256", "some content")],
] as const)
  for (const upload of ["atomic", "direct"] as const)
    test(`a marker with ${content} is written behind its file: upload = "${upload}"`, async (t) => {
      const config = withMarker({ name: "{stem}.ok", content }, { upload });
      const world = createWorld(config);
      const seen: string[] = [];
      world.disk.watch = () => {
        for (const path of files(world)) if (!path.includes(".tmp") && !seen.includes(path)) seen.push(path);
      };
      await world.bridge().intake(world.put("bucket", "out/a/file.txt", "some content"));
      await world.bridge().drainAll();
      t.deepEqual(seen, ["inbox/a/file.txt", "inbox/a/file.ok"]);
      t.is(text(world, "inbox/a/file.ok"), expected);
      t.deepEqual(files(world), ["inbox/a/file.ok", "inbox/a/file.txt"]);
    });

for (const upload of ["atomic", "direct"] as const)
  test(`a crash at any effect never shows a marker beside another version, and ends with both: upload = "${upload}"`, async (t) => {
    const config = withMarker({}, { upload });
    const versions = ["first version, long enough", "second!"];
    for (const effects of deaths(20)) {
      const world = createWorld(config);
      const wrong: string[] = [];
      const arrivals = new Set<number>();
      world.disk.watch = () => {
        const file = world.disk.files.get("inbox/file.txt");
        if (file) arrivals.add(file.inode);
        const there = file?.bytes.toString() ?? "";
        const marker = text(world, "inbox/file.txt.done");
        // Under its final name from the start, a marker is seen empty first.
        if (marker !== undefined && marker !== sum("sha256", there) && !(upload === "direct" && marker === ""))
          wrong.push(`${there}: ${marker}`);
      };
      await world.bridge().intake(world.put("bucket", "out/file.txt", versions[0] ?? ""));
      await world.bridge().drainAll();
      await world.bridge().intake(world.put("bucket", "out/file.txt", versions[1] ?? ""));
      await untilCrash(() => world.bridge(effects).drainAll());
      for (let turn = 0; turn < 3; turn++) {
        world.time.now += untilLapsed;
        await world.bridge().drainAll();
      }
      const where = effects.where();
      t.deepEqual(wrong, [], where);
      t.is(text(world, "inbox/file.txt"), versions[1], where);
      t.is(text(world, "inbox/file.txt.done"), sum("sha256", versions[1] ?? ""), where);
      t.deepEqual(files(world), ["inbox/file.txt", "inbox/file.txt.done"], where);
      if (upload === "atomic") t.is(arrivals.size, 2, `each version once (${where})`);
      t.true(
        world.entries().every(({ state }) => state === "delivered"),
        where,
      );
    }
  });

test("a marker that is refused is tried again alone, also once it was given up", async (t) => {
  const config = withMarker();
  const world = createWorld(config);
  await world.bridge().intake(world.put("bucket", "out/file.txt", "content"));
  let sent = 0;
  let isRefused = true;
  const effects: Effects = async (name, effect) => {
    if (name === "objects.get") sent++;
    if (name === "remote.openWrite" && isRefused && files(world).includes("inbox/file.txt"))
      throw new RemoteError("permission", "not here");
    return effect();
  };
  for (let turn = 0; turn < 20; turn++) {
    await world.bridge(effects).drainAll();
    world.time.now += 3_600_000;
  }
  t.is(world.entries()[0]?.["state"], "failed");
  t.deepEqual(files(world), ["inbox/file.txt"]);
  isRefused = false;
  const entry = await world.bridge().deps.journal.read(world.entries()[0] as never);
  if (entry) await world.bridge().deps.journal.update(entry, { state: "pending", next_attempt: 0 });
  await world.bridge(effects).drainAll();
  t.is(text(world, "inbox/file.txt.done"), sum("sha256", "content"));
  t.is(sent, 1);
  t.deepEqual(files(world), ["inbox/file.txt", "inbox/file.txt.done"]);
});

test("a run that dies before the marker is there leaves the marker alone to write, also where the file was taken", async (t) => {
  const config = withMarker();
  const world = createWorld(config);
  await world.bridge().intake(world.put("bucket", "out/file.txt", "content"));
  let isDead = false;
  const dying: Effects = async (name, effect) => {
    isDead ||= name === "remote.openWrite" && files(world).includes("inbox/file.txt");
    if (isDead) throw new Crash(name);
    return effect();
  };
  await world
    .bridge(dying)
    .drainAll()
    .catch(() => {});
  t.true(isDead);
  world.disk.files.delete("inbox/file.txt");
  for (let turn = 0; turn < 3; turn++) {
    world.time.now += untilLapsed;
    await world.bridge().drainAll();
  }
  t.deepEqual(files(world), ["inbox/file.txt.done"]);
  t.is(text(world, "inbox/file.txt.done"), sum("sha256", "content"));
});

test("an object that would be taken for a marker, or leaves none its room, isn't sent", async (t) => {
  const config = withMarker();
  const world = createWorld(config);
  await world.bridge().intake(world.put("bucket", "out/file.txt.done", "content"));
  await world.bridge().intake(world.put("bucket", `out/${"x".repeat(252)}`, "content"));
  await world.bridge().drainAll();
  t.deepEqual(files(world), []);
  const errors = world.entries().map((entry) => JSON.stringify(entry["last_error"]));
  t.regex(errors[0] ?? "", /file\.txt\.done, or its marker, has the name of a marker/);
  t.regex(errors[1] ?? "", /has a name of 257 bytes/);
});
