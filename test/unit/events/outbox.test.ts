import test from "ava";
import type { BusEvent } from "../../../lambda/src/aws/put-events.ts";
import { entryKey } from "../../../lambda/src/journal/entry.ts";
import { redrive } from "../../../lambda/src/operator/redrive.ts";
import { tick } from "../../../lambda/src/runs/tick.ts";
import { deaths, type Effects, untilCrash } from "../../helpers/effects.ts";
import { schemaFaults } from "../../helpers/event-schema.ts";
import { place } from "../../helpers/memory-remote.ts";
import { pull, push, stream } from "../../helpers/streams.ts";
import { createWorld, untilLapsed, type World } from "../../helpers/world.ts";

const all = ["delivered", "failed", "skipped", "gone"] as const;
const minute = 60_000;
const detailOf = (event: BusEvent | undefined) => (event?.detail ?? {}) as Record<string, unknown>;
const typesOf = (world: World) => world.bus.taken.map(({ detailType }) => detailType);
const told = (world: World) => new Map(world.bus.taken.map((event) => [detailOf(event)["revision"], event]));
const due = (world: World) => [...world.items.values()].filter((item) => item["event_due"] !== undefined);

const worldWith = (...streams: Parameters<typeof createWorld>) => {
  const world = createWorld(...streams);
  world.bus.on.push(...all);
  return world;
};

/** What an invocation does: its work, and then the last of its events. */
const run = async (world: World, effects?: Effects): Promise<void> => {
  const bridge = world.bridge(effects);
  try {
    await untilCrash(() => bridge.drainAll());
  } finally {
    await bridge.invocation.outbox?.settle(1_000);
  }
};

const tickNow = async (world: World) => {
  const bridge = world.bridge();
  await tick(bridge.invocation);
  await bridge.invocation.outbox?.settle(1_000);
  return bridge.telemetry;
};

test("a delivered file is one event with all that the audit trail has of it, and nothing stays due", async (t) => {
  const world = worldWith(stream({ push, pull }));
  await world.bridge().intake(world.put("bucket", "out/a/file.txt", "content"));
  place(world.disk, "outbox/b.txt", "pulled", Date.UTC(2025, 11, 1) / 1000);
  await world.bridge().poll(stream({ push, pull }));
  await run(world);
  t.deepEqual(typesOf(world).toSorted(), ["Pull Delivered", "Push Delivered"]);
  const [pushed, pulled] = world.bus.taken.toSorted((a, b) => (a.detailType < b.detailType ? 1 : -1));
  const { revision, version, duration, ...rest } = detailOf(pushed);
  t.deepEqual(rest, {
    stream: "acme",
    direction: "push",
    partner: "us@partner:22",
    path: "a/file.txt",
    source: "bucket/out/a/file.txt",
    destination: "inbox/a/file.txt",
    bytes: 7,
    sha256: "ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73",
    attempt: 1,
  });
  t.true(typeof revision === "string" && typeof version === "string" && typeof duration === "number");
  t.is(detailOf(pulled)["destination"], "bucket/in/b.txt");
  for (const { detailType, detail } of world.bus.taken)
    t.deepEqual(schemaFaults({ source: "partner-files.bridge", "detail-type": detailType, detail }), []);
  t.deepEqual(due(world), []);
});

test("an event costs one write more for each file, and a request for ten", async (t) => {
  const count = async (told: boolean) => {
    const world = createWorld(stream({ push }));
    if (told) world.bus.on.push(...all);
    for (let n = 0; n < 20; n++) await world.bridge().intake(world.put("bucket", `out/${n}.txt`, "content"));
    const made: string[] = [];
    await run(world, async (name, effect) => {
      made.push(name);
      return effect();
    });
    const of = (name: string) => made.filter((one) => one === name).length;
    return { puts: of("table.put"), sent: of("events.put") };
  };
  const [without, told] = [await count(false), await count(true)];
  t.is(told.puts - without.puts, 20);
  t.is(told.sent, 2);
});

test("only what is asked for is told", async (t) => {
  const world = createWorld(stream({ push }));
  world.bus.on.push("failed");
  await world.bridge().intake(world.put("bucket", "out/file.txt", "content"));
  await run(world);
  t.deepEqual(world.bus.taken, []);
  t.deepEqual(due(world), []);
});

test("what is skipped, gone or failed is told with its reason", async (t) => {
  const world = worldWith(stream({ push }));
  await world.bridge().intake(world.put("bucket", "out/gone.txt", "content"));
  world.remove("bucket", "out/gone.txt");
  world.buckets.objects.delete("bucket/out/gone.txt");
  await world.bridge().intake(world.put("bucket", "out/..", "content"));
  await run(world);
  for (let turn = 0; turn < 20; turn++) {
    world.time.now += 60 * minute;
    await run(world);
  }
  t.true(typesOf(world).includes("Push Gone"));
  const failed = world.bus.taken.find(({ detailType }) => detailType === "Push Failed");
  const { error } = detailOf(failed) as { error?: { kind: string; message: string } };
  t.true((error?.message.length ?? 0) > 0, typesOf(world).join());
  for (const { detailType, detail } of world.bus.taken)
    t.deepEqual(schemaFaults({ source: "partner-files.bridge", "detail-type": detailType, detail }), []);
});

for (const side of ["push", "pull"] as const) {
  test(`${side}: a crash at any effect loses no event, and repeats one only with its revision`, async (t) => {
    const config = stream({ push, pull });
    for (const effects of deaths()) {
      const world = worldWith(config);
      if (side === "push") await world.bridge().intake(world.put("bucket", "out/file.txt", "content"));
      else {
        place(world.disk, "outbox/file.txt", "content", Date.UTC(2025, 11, 1) / 1000);
        await world.bridge().poll(config);
      }
      await run(world, effects);
      for (let turn = 0; turn < 3; turn++) {
        world.time.now += untilLapsed;
        await run(world);
        await tickNow(world);
      }
      const where = effects.where();
      const [entry] = world.entries();
      t.is(entry?.["state"], "delivered", where);
      t.is(told(world).size, 1, `one ending, told as one (${where})`);
      t.is([...told(world).values()][0]?.detailType, side === "push" ? "Push Delivered" : "Pull Delivered", where);
      t.deepEqual(due(world), [], where);
    }
  });
}

test("a bus that denies for an hour is in nobody's way, is seen, and gets every event afterwards", async (t) => {
  const world = worldWith(stream({ push }));
  world.bus.denies = true;
  for (let n = 0; n < 25; n++) await world.bridge().intake(world.put("bucket", `out/${n}.txt`, "content"));
  await run(world);
  t.is(world.entries().filter((entry) => entry["state"] === "delivered").length, 25);
  world.time.now += 60 * minute;
  const { gauges, lines } = await tickNow(world);
  const gauge = (name: string) => gauges.find((one) => one.name === name)?.value;
  t.is(gauge("unsent-events"), 25);
  t.true(Number(gauge("oldest-unsent-event-age")) >= 3600);
  t.true(lines.some(({ level, message }) => level === "warn" && message.startsWith("Events wait")));

  world.bus.denies = false;
  world.time.now += minute;
  const after = await tickNow(world);
  t.is(told(world).size, 25);
  t.is(world.bus.taken.length, 25, "and none of them twice");
  t.is(after.gauges.find(({ name }) => name === "unsent-events")?.value, 0);
  t.deepEqual(due(world), []);
});

test("whoever works on a file while its event is sent keeps the file", async (t) => {
  const world = worldWith(stream({ push }));
  world.bus.denies = true;
  await world.bridge().intake(world.put("bucket", "out/file.txt", "first"));
  await run(world);
  world.bus.denies = false;
  world.time.now += minute;
  const journal = world.bridge().deps.journal;
  const read = await journal.read(entryKey("push", "acme", "bucket/out/file.txt"));
  await tickNow(world);
  t.deepEqual(due(world), []);
  await t.notThrowsAsync(async () => read && journal.update(read, { next_attempt: 1 }));
});

test("each ending is told although the file goes on before anybody could be told", async (t) => {
  const config = stream({ push });
  const world = worldWith(config);
  world.bus.denies = true;
  const key = entryKey("push", "acme", "bucket/out/file.txt");
  const journal = () => world.bridge().deps.journal;
  await world.bridge().intake(world.put("bucket", "out/file.txt", "first"));
  const entry = await journal().read(key);
  if (!entry) return t.fail("the file is known");
  await journal().update(entry, { state: "failed", last_error: { kind: "permission", message: "no", at: "now" } });
  await redrive(world.bridge().invocation, { stream: "acme" });
  await run(world);
  for (const content of ["second", "third"]) {
    await world.bridge().intake(world.put("bucket", "out/file.txt", content));
    world.time.now += 60 * minute;
    await run(world);
  }
  t.is(world.disk.files.get("inbox/file.txt")?.bytes.toString(), "third");

  world.bus.denies = false;
  world.time.now += minute;
  await tickNow(world);
  const types = [...told(world).values()].map(({ detailType }) => detailType).toSorted();
  t.deepEqual(types, ["Push Delivered", "Push Delivered", "Push Delivered", "Push Failed"]);
  t.is(new Set(world.bus.taken.map((event) => detailOf(event)["version"])).size, 3);
  t.deepEqual(due(world), []);
});

const otherKey = {
  type: "ssh-ed25519",
  fingerprint: "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
  words: "the server has another host key",
};

test("a host key that a server announces is one event in 30 days, whatever the bus does, and is told of by whoever lives to", async (t) => {
  const world = createWorld(stream({ push }));
  world.announced.push(otherKey);
  const connectAndTick = async (effects?: Effects) => {
    await world.bridge().intake(world.put("bucket", "out/f.txt", "content"));
    await run(world, effects);
    world.time.now += untilLapsed;
    await tickNow(world);
  };
  await connectAndTick();
  t.deepEqual(due(world), [], "nobody is to be told");

  world.bus.on.push("host_key");
  world.bus.denies = true;
  await connectAndTick();
  t.is(due(world).length, 1);
  world.bus.denies = false;
  await connectAndTick();
  t.deepEqual(typesOf(world), ["Host Key Announced"]);
  const [event] = world.bus.taken;
  const { revision, ...detail } = detailOf(event);
  t.deepEqual(detail, {
    stream: "acme",
    partner: "us@partner:22",
    host_key: { type: otherKey.type, fingerprint: otherKey.fingerprint, message: otherKey.words },
  });
  t.is(typeof revision, "string");
  t.deepEqual(
    schemaFaults({ source: "partner-files.bridge", "detail-type": event?.detailType, detail: event?.detail }),
    [],
  );

  await connectAndTick();
  t.is(world.bus.taken.length, 1, "not with each connection");
  world.announced.push({ ...otherKey, fingerprint: `${otherKey.fingerprint.slice(0, -1)}A` });
  await connectAndTick();
  t.is(world.bus.taken.length, 2, "another key is another event");
  world.time.now += 30 * 86_400_000;
  await connectAndTick();
  t.is(world.bus.taken.length, 4);
  t.deepEqual(due(world), []);
});
