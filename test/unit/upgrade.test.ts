/**
 * What version 0.1.0 left behind, whatever it was doing when it was replaced, and what this version makes of it: test/upgrade/README.md
 * says how the worlds were made. Each is one file, of a push or of a pull.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import test from "ava";
import { asEntry, type Delivery, lastDelivery } from "../../lambda/src/journal/entry.ts";
import { ask } from "../helpers/ask.ts";
import { pull, push, stream } from "../helpers/streams.ts";
import { createWorld, untilLapsed, type World } from "../helpers/world.ts";
import { type Left, putBack } from "../upgrade/left.ts";

const content = "0123456789abcdefghijklmnopqrstuvwxyzABCDEF";
const sha256 = createHash("sha256").update(content).digest("hex");
const worlds = readFileSync(new URL("../upgrade/worlds-0.1.0.jsonl", import.meta.url), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as Left);

/** The stream as this version's plan would write it: what is new has its defaults. */
const streamOf = ({ sides }: Left) => {
  const { push: earlierPush, pull: earlierPull } = sides as { push?: object; pull?: object };
  return stream({
    ...(earlierPush && { push: { ...push, ...earlierPush } }),
    ...(earlierPull && { pull: { ...pull, ...earlierPull } }),
  });
};

const open = (left: Left): World => {
  const world = createWorld(streamOf(left));
  putBack(world, left);
  return world;
};

const goOn = async (world: World, left: Left, turns = 4) => {
  for (let turn = 0; turn < turns; turn++) {
    world.time.now += untilLapsed;
    const one = streamOf(left);
    if (one.pull) await world.bridge().poll(one);
    await world.bridge().drainAll();
  }
};

const stateOf = ({ items }: Left) => String(items.find(({ kind }) => kind === "entry")?.["state"] ?? "no entry");

/** All copies of the file at its destination, as its readers saw them. */
const arrived = (world: World, { scenario }: Left) =>
  scenario === "push" ? world.disk.files.get("inbox/f")?.bytes.toString() : world.content("bucket", "in/f");

test("there is a world of each state", (t) => {
  const states = new Set(worlds.map(stateOf));
  t.deepEqual([...states].sort(), ["active", "delivered", "failed", "gone", "no entry", "pending", "skipped"]);
  const phases = new Set(
    worlds.flatMap(({ items }) => items.map(({ progress }) => (progress as { phase?: string } | undefined)?.phase)),
  );
  for (const phase of ["writing", "publishing", "copying", "copied", "moving"]) t.true(phases.has(phase), phase);
});

test("no entry is misread: each is one, with its state, its deliveries and how far it came", (t) => {
  for (const left of worlds)
    for (const item of left.items.filter(({ kind }) => kind === "entry")) {
      const entry = asEntry(item as never);
      const earlier = item["progress"] as { checkpoint?: number; path?: string; phase?: string } | undefined;
      t.is(entry?.state, item["state"] as never, left.after);
      t.deepEqual(entry?.deliveries, item["deliveries"] as readonly Delivery[], left.after);
      t.is(entry?.progress?.phase, earlier?.phase as never, left.after);
      t.is(entry?.progress?.checkpoint, earlier?.checkpoint, left.after);
      t.is(entry?.progress?.path, earlier?.path, left.after);
    }
});

for (const scenario of new Set(worlds.map((left) => left.scenario))) {
  const its = worlds.filter((left) => left.scenario === scenario);

  test(`${scenario}: what was under way arrives whole, by one delivery, and nothing is left over`, async (t) => {
    for (const left of its.filter((one) => ["active", "pending", "no entry"].includes(stateOf(one)))) {
      const world = open(left);
      await goOn(world, left);
      t.is(arrived(world, left), content, left.after);
      const entry = asEntry(world.entries()[0]);
      t.is(entry?.state, "delivered", left.after);
      t.is(entry?.deliveries.length, 1, left.after);
      t.is(entry && lastDelivery(entry)?.sha256, sha256, left.after);
      const files = [...world.disk.files.keys()];
      t.deepEqual(
        files.filter((path) => path.includes(".tmp")),
        [],
        left.after,
      );
      if (scenario === "pull")
        t.true(files.every((path) => path.includes("/.done/")) && files.length === 1, left.after);
      if (scenario === "pull, then delete") t.deepEqual(files, [], left.after);
    }
  });

  test(`${scenario}: what was delivered isn't moved again`, async (t) => {
    for (const left of its.filter((one) => stateOf(one) === "delivered")) {
      const world = open(left);
      const before = world.entries()[0]?.["deliveries"];
      // Events come twice, and a file that is kept is listed by each poll.
      const { sequencer = "", version_id: versionId = "", size = 0, time } = asEntry(world.entries()[0])?.source ?? {};
      const event = { bucket: "bucket", key: "out/f", sequencer, versionId, size, time: time ?? 0 };
      if (scenario === "push") await world.bridge().intake(event);
      await goOn(world, left, 2);
      t.is(world.entries().length, 1, left.after);
      t.deepEqual(world.entries()[0]?.["deliveries"], before, left.after);
      t.is(arrived(world, left), content, left.after);
    }
  });

  test(`${scenario}: what was given up waits, with its error, until an operator redrives it`, async (t) => {
    for (const left of its.filter((one) => stateOf(one) === "failed")) {
      const world = open(left);
      await goOn(world, left, 2);
      t.is(world.entries()[0]?.["state"], "failed");
      t.regex(JSON.stringify(await ask(world, { action: "status" })), /"failed":1.*permission/);
      t.true((await ask(world, { action: "redrive", stream: "acme" })).ok);
      await goOn(world, left, 2);
      t.is(arrived(world, left), content, left.after);
    }
  });
}

test("an object that was gone, and an echo, stay what they were", async (t) => {
  for (const left of worlds.filter((one) => ["gone", "skipped"].includes(stateOf(one)))) {
    const world = open(left);
    await goOn(world, left, 2);
    t.is(world.entries()[0]?.["state"], stateOf(left));
    t.is(arrived(world, left), undefined);
  }
});
