/** A journal that is damaged, foreign, or doesn't answer: never trusted, never fatal, and nothing moves without it. */
import test from "ava";
import { dispatch } from "../../../lambda/src/dispatch.ts";
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

const refusal = (name: string): Error => Object.assign(new Error(`${name}: of the test`), { name });
const throttling = (name: string): Effects => {
  let count = 0;
  return async (effectName, effect) => {
    if (effectName.startsWith("table.") && ++count % 3 === 0) throw refusal(name);
    return effect();
  };
};
const refusing =
  (which: RegExp, name: string): Effects =>
  async (effectName, effect) => {
    if (which.test(effectName)) throw refusal(name);
    return effect();
  };

const refusals: Record<string, Effects> = {
  denies: refusing(/^table\./, "AccessDeniedException"),
  "denies writes": refusing(/^table\.(put|remove|add)/, "AccessDeniedException"),
  "is gone": refusing(/^table\./, "ResourceNotFoundException"),
  "throttles everything": refusing(/^table\./, "ThrottlingException"),
  "throttles now and then": throttling("ProvisionedThroughputExceededException"),
  "throttles requests now and then": throttling("ThrottlingException"),
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
    if (!name.endsWith("now and then")) {
      t.deepEqual([...world.disk.files.keys()], ["outbox/g"]);
      t.is(world.content("bucket", "in/g"), undefined);
      t.is(world.connections.made, 0, "no lease, no connection");
    }
    const errors = bridge.telemetry.lines.filter(({ level }) => level === "error");
    t.true(
      errors.some(({ fields }) => /of the test/.test(String(fields["error"]))),
      "the alarm hears of it, and why",
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

for (const name of ["ResourceNotFoundException", "ThrottlingException", "AccessDeniedException"])
  test(`a table that answers ${name} from any step on: nothing half, nothing sent twice, and all is done once it answers again`, async (t) => {
    let last = 0;
    for (let n = 0; ; n++) {
      const config = stream({ push, pull });
      const world = createWorld(config);
      place(world.disk, "outbox/g", "pulled", old);
      await world.bridge().poll(config);
      await world.bridge().intake(world.put("bucket", "out/f", "pushed"));
      let asked = 0;
      let published = 0;
      const counting: Effects = async (effect, act) => {
        if (effect === "remote.publish") published++;
        return act();
      };
      const failing: Effects = (effect, act) => {
        if (effect.startsWith("table.") && asked++ >= n) throw refusal(name);
        return counting(effect, act);
      };
      await dispatch(world.bridge(failing).invocation, { action: "tick" }).catch(() => {});
      world.disk.watch = () => {
        const there = world.disk.files.get("inbox/f")?.bytes.toString();
        if (there !== undefined && there !== "pushed") throw new Error(`half a file after ${n}: ${there}`);
      };
      if (!world.disk.files.has("outbox/g"))
        t.is(world.content("bucket", "in/g"), "pulled", `${n}: copied before moved`);
      for (let turn = 0; turn < 4; turn++) {
        world.time.now += untilLapsed;
        await dispatch(world.bridge(counting).invocation, { action: "tick" });
        // A partner whose last run left its lease behind goes on in an invocation of its own.
        for (const partners of world.started.splice(0))
          await dispatch(world.bridge(counting).invocation, { action: "drain", partners });
      }
      t.is(published, 1, `after ${n} requests`);
      t.deepEqual(
        (world.entries() as unknown as Entry[]).map(({ state }) => state),
        ["delivered", "delivered"],
        `after ${n} requests`,
      );
      // Between the object and its record lies the one moment after which it is copied again: the same bytes.
      const copies = world.buckets.objects.get("bucket/in/g")?.map((one) => one?.bytes.toString()) ?? [];
      t.true(copies.length <= 2 && copies.every((one) => one === "pulled"), copies.join());
      if (asked <= n) break;
      last = n;
    }
    t.true(last > 15, `${last} requests`);
  });
