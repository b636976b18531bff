/** A journal that is damaged, foreign, or doesn't answer: never trusted, never fatal, and nothing moves without it. */
import test from "ava";
import { dispatch } from "../../../lambda/src/actions/dispatch.ts";
import type { Entry } from "../../../lambda/src/journal/entry.ts";
import type { Item } from "../../../lambda/src/journal/table.ts";
import type { Effects } from "../../helpers/effects.ts";
import { place } from "../../helpers/memory-remote.ts";
import { pull, push, stream } from "../../helpers/streams.ts";
import { createWorld, untilLapsed, type World } from "../../helpers/world.ts";

const key = { pk: "push#acme#bucket/out", sk: "f" };
const idOf = ({ pk, sk }: { pk: string; sk: string }) => `${pk}\n${sk}`;
const old = Date.UTC(2025, 11, 1) / 1000;

const corrupt = (world: World, change: Record<string, unknown>) => {
  const item = world.items.get(idOf(key));
  world.items.set(idOf(key), { ...item, ...key, ...change } as unknown as Item);
};

const damages: Record<string, Record<string, unknown>> = {
  "of another kind": { kind: "something else" },
  "without rev": { rev: undefined },
  "with an unknown state": { state: "lost" },
  "without deliveries": { deliveries: "none" },
  "with a time that is none": { source: { time: "yesterday" } },
};

for (const [name, damage] of Object.entries(damages)) {
  test(`an item ${name} in the place of an entry is told of, and replaced when its file is known again`, async (t) => {
    const world = createWorld(stream({ push }));
    await world.bridge().intake(world.put("bucket", "out/f", "one"));
    corrupt(world, damage);
    await t.notThrowsAsync(world.bridge().drainAll());
    t.is(world.disk.files.size, 0, "it isn't acted upon");
    const bridge = world.bridge();
    t.is((await bridge.intake(world.put("bucket", "out/f", "two"))).length, 1);
    t.true(
      bridge.telemetry.lines.some(({ level, message }) => level === "warn" && message.includes("damaged or foreign")),
    );
    await world.bridge().drainAll();
    t.is(world.disk.files.get("inbox/f")?.bytes.toString(), "two");
  });
}

const progress = { phase: "writing", holder: "x", identity: "v0", started: 0 };
const checkpoints: Record<string, Record<string, unknown>> = {
  "that isn't one": { progress: "halfway" },
  "of an unknown phase": { progress: { ...progress, phase: "thinking" } },
  "with a hash of nothing": {
    progress: { ...progress, path: "inbox/.s3-sftp-bridge-a.tmp", checkpoint: 2, hash_state: "AAAA" },
  },
  "behind the end": {
    progress: { ...progress, path: "inbox/.s3-sftp-bridge-a.tmp", checkpoint: 1e9, hash_state: "AAAA" },
  },
  "whose litter is a number": { progress: { ...progress, litter: 7 } },
};
for (const [name, damage] of Object.entries(checkpoints)) {
  test(`a checkpoint ${name} is ignored: the file starts again`, async (t) => {
    const world = createWorld(stream({ push }));
    await world.bridge().intake(world.put("bucket", "out/f", "content"));
    corrupt(world, { state: "active", ...damage });
    await world.bridge().drainAll();
    t.is(world.disk.files.get("inbox/f")?.bytes.toString(), "content");
    t.is((world.entries()[0] as unknown as Entry).state, "delivered");
  });
}

test("a checkpoint that names other people's files removes none of them", async (t) => {
  const world = createWorld(stream({ push }));
  for (const path of ["inbox/theirs", "elsewhere/.s3-sftp-bridge-b.tmp"]) place(world.disk, path, "theirs", old);
  await world.bridge().intake(world.put("bucket", "out/f", "content"));
  for (const phase of ["writing", "publishing"]) {
    corrupt(world, {
      state: "active",
      progress: {
        ...progress,
        phase,
        path: "inbox/theirs",
        litter: ["elsewhere/.s3-sftp-bridge-b.tmp", "../x"],
        size: 6,
      },
    });
    await world.bridge().drainAll();
  }
  t.is(world.disk.files.get("inbox/theirs")?.bytes.toString(), "theirs");
  t.true(world.disk.files.has("elsewhere/.s3-sftp-bridge-b.tmp"));
  t.is(world.disk.files.get("inbox/f")?.bytes.toString(), "content");
});

test("a partner's health that bans it for ever is not believed", async (t) => {
  const world = createWorld(stream({ push }));
  await world.bridge().intake(world.put("bucket", "out/f", "content"));
  const health = { pk: "lease#us@partner:22", sk: "health" };
  world.items.set(idOf(health), { ...health, rev: "x", kind: "health", failures: 3, not_before: 9e15 });
  world.time.now += untilLapsed;
  await world.bridge().drainAll();
  t.is(world.disk.files.get("inbox/f")?.bytes.toString(), "content");
});

const refusals: Record<string, Effects> = {
  denies: async (name, effect) => {
    if (name.startsWith("table.")) throw new Error("AccessDeniedException");
    return effect();
  },
  "denies writes": async (name, effect) => {
    if (/table\.(put|remove|add)/.test(name)) throw new Error("AccessDeniedException");
    return effect();
  },
  throttles: (() => {
    let count = 0;
    return async (name, effect) => {
      if (name.startsWith("table.") && ++count % 3 === 0) throw new Error("ProvisionedThroughputExceededException");
      return effect();
    };
  })(),
};
for (const [name, effects] of Object.entries(refusals)) {
  test(`a table that ${name}: nothing is acknowledged that isn't recorded, nothing moves unrecorded, and all goes on afterwards`, async (t) => {
    const world = createWorld(stream({ push, pull }));
    place(world.disk, "outbox/g", "pulled", old);
    const event = world.put("bucket", "out/f", "pushed");
    const body = JSON.stringify({
      "detail-type": "Object Created",
      source: "aws.s3",
      detail: { bucket: { name: "bucket" }, object: { key: event.key, size: 6, sequencer: "01" } },
    });
    const records = { Records: [{ eventSource: "aws:sqs", messageId: "m", body }] };
    const bridge = world.bridge(effects);
    for (const asked of [records, { action: "poll", streams: ["acme"] }, { action: "tick" }]) {
      const answer = await dispatch(bridge.invocation, asked).catch(() => undefined);
      const acknowledged = (answer as { batchItemFailures?: unknown[] } | undefined)?.batchItemFailures?.length === 0;
      if (acknowledged) t.true(world.entries().length > 0, "acknowledged, so it is recorded");
    }
    if (name !== "throttles") {
      t.deepEqual([...world.disk.files.keys()], ["outbox/g"]);
      t.is(world.content("bucket", "in/g"), undefined);
      t.is(world.connections.made, 0, "no lease, no connection");
    }
    t.true(
      bridge.telemetry.lines.some(({ level }) => level === "error"),
      "the alarm hears of it",
    );
    for (let turn = 0; turn < 3; turn++) {
      world.time.now += untilLapsed;
      await dispatch(world.bridge().invocation, records);
      await dispatch(world.bridge().invocation, { action: "poll", streams: ["acme"] });
    }
    t.is(world.disk.files.get("inbox/f")?.bytes.toString(), "pushed");
    t.is(world.buckets.objects.get("bucket/in/g")?.length, 1, "pulled once");
  });
}
