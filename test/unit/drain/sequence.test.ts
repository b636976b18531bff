/** `order = "sequence"`: files move in the order of the numbers in their names, and one that is missing holds the rest. */
import test from "ava";
import type { PushConfig, Sequence } from "../../../lambda/src/config/types.ts";
import { tick } from "../../../lambda/src/runs/tick.ts";
import { RemoteError } from "../../../lambda/src/sftp/errors.ts";
import { ask, results } from "../../helpers/ask.ts";
import { deaths, type Effects, untilCrash } from "../../helpers/effects.ts";
import { place } from "../../helpers/memory-remote.ts";
import { pull, push, stream } from "../../helpers/streams.ts";
import { createWorld, untilLapsed, type World } from "../../helpers/world.ts";

const ordered = (sequence: Partial<Sequence> = {}) =>
  ({
    order: "sequence",
    strictOrder: true,
    sequence: { name: "ORD_*_{seq}.csv", first: 1, min: 1, ...sequence },
  }) as const;
const pushing = (sequence: Partial<Sequence> = {}, changes: Partial<PushConfig> = {}) =>
  stream({ push: { ...push, ...ordered(sequence), ...changes } });
const hour = 3_600_000;
const day = 24 * hour;

/** Names in the inbox in the order in which they came. */
const watchArrivals = (world: World) => {
  const arrivals: string[] = [];
  world.disk.watch = () => {
    for (const path of world.disk.files.keys()) {
      const name = path.slice("inbox/".length);
      if (path.startsWith("inbox/") && !path.endsWith(".tmp") && !arrivals.includes(name)) arrivals.push(name);
    }
  };
  return arrivals;
};

const give = async (world: World, ...names: string[]) => {
  for (const name of names) await world.bridge().intake(world.put("bucket", `out/${name}`, name));
};
const states = (world: World) =>
  Object.fromEntries(world.entries().map(({ path, state }) => [String(path), state as string]));
const errorOf = (world: World, path: string) => {
  const error = world.entries().find((one) => one["path"] === path)?.["last_error"] as { message?: string } | undefined;
  return error?.message ?? "";
};
const skipNumber = (world: World, number: string, more = {}) =>
  ask(world, { action: "skip", stream: "acme", number, ...more });

/** The partner refuses the file of this content. */
const refusing =
  (world: World, content: string): Effects =>
  async (effect, act) => {
    const isIts =
      effect === "remote.publish" && [...world.disk.files.values()].some(({ bytes }) => `${bytes}` === content);
    if (isIts) throw new RemoteError("failure", `not ${content}`);
    return act();
  };

test("files move in the order of their numbers, however they are called and whenever they come", async (t) => {
  const world = createWorld(pushing());
  const arrivals = watchArrivals(world);
  await give(world, "ORD_a_10.csv", "ORD_z_2.csv", "ORD_b_0003.csv", "ORD_c_1.csv", "ORD_x_4.csv");
  await world.bridge().drainAll();
  t.deepEqual(arrivals, ["ORD_c_1.csv", "ORD_z_2.csv", "ORD_b_0003.csv", "ORD_x_4.csv"]);
  t.is(states(world)["ORD_a_10.csv"], "pending");
});

test("a file waits for a number that is missing, is told so, costs no connection, and goes once that has come", async (t) => {
  const world = createWorld(pushing());
  const arrivals = watchArrivals(world);
  await give(world, "ORD_a_3.csv", "ORD_a_1.csv");
  await world.bridge().drainAll();
  t.deepEqual(arrivals, ["ORD_a_1.csv"]);
  world.time.now += 30 * day;
  const { made } = world.connections;
  const { invocation, telemetry } = world.bridge();
  await tick(invocation);
  t.is(world.connections.made, made, "nobody is asked for what can't move");
  const ages = telemetry.records.find((one) => "backlog" in (one as object)) as Record<string, number>;
  t.like(ages, { backlog: 1, failed: 0 });
  t.true((ages["oldestSeconds"] ?? 0) > 29 * 86_400, "its age counts");

  const listed = JSON.stringify(await ask(world, { action: "list", stream: "acme" }));
  t.regex(
    listed,
    /ORD_a_3[^}]*it waits for number 2, awaited since 2026-01-01T[^}]*bridge skip --stream acme --direction push --number 2/,
  );
  const status = JSON.stringify(await ask(world, { action: "status" }));
  t.regex(
    status,
    /"sequence":\{"awaits":2,"since":"2026-01-01T[^"]*","path":null,"waiting":1,"first_path":"ORD_a_3.csv"\}/,
  );

  await give(world, "ORD_late_2.csv");
  await world.bridge().drainAll();
  t.deepEqual(arrivals, ["ORD_a_1.csv", "ORD_late_2.csv", "ORD_a_3.csv"]);
});

test("what fails holds the rest, also once it was given up, until it is skipped", async (t) => {
  const world = createWorld(pushing());
  const arrivals = watchArrivals(world);
  await give(world, "ORD_a_1.csv", "ORD_a_2.csv");
  for (let turn = 0; turn < 8; turn++) {
    await world.bridge(refusing(world, "ORD_a_1.csv")).drainAll();
    world.time.now += day;
  }
  t.deepEqual(states(world), { "ORD_a_1.csv": "failed", "ORD_a_2.csv": "pending" });
  t.deepEqual(arrivals, []);
  const answer = await ask(world, { action: "skip", stream: "acme", path: "ORD_a_1.csv" });
  t.deepEqual(results(answer), ["ORD_a_1.csv: skipped"]);
  await tick(world.bridge().invocation);
  t.deepEqual(arrivals, ["ORD_a_2.csv"]);
});

test("a file that waits and is skipped isn't awaited by those behind it", async (t) => {
  const world = createWorld(pushing());
  const arrivals = watchArrivals(world);
  await give(world, "ORD_a_2.csv", "ORD_a_3.csv");
  await ask(world, { action: "skip", stream: "acme", path: "ORD_a_2.csv" });
  await give(world, "ORD_a_1.csv");
  await world.bridge().drainAll();
  t.deepEqual(arrivals, ["ORD_a_1.csv", "ORD_a_3.csv"]);
});

test("two files with one number: the second fails and names both, and holds nobody", async (t) => {
  const world = createWorld(pushing());
  const arrivals = watchArrivals(world);
  await give(world, "ORD_a_1.csv", "ORD_b_01.csv", "ORD_a_2.csv");
  await world.bridge().drainAll();
  t.deepEqual(arrivals, ["ORD_a_1.csv", "ORD_a_2.csv"]);
  t.is(states(world)["ORD_b_01.csv"], "failed");
  t.regex(
    errorOf(world, "ORD_b_01.csv"),
    /ORD_b_01\.csv: its number 1 is that of "ORD_a_1\.csv", which was delivered at/,
  );
  // Also long after.
  await give(world, "ORD_c_2.csv", "ORD_a_3.csv");
  await world.bridge().drainAll();
  t.regex(errorOf(world, "ORD_c_2.csv"), /its number 2 is that of "ORD_a_2\.csv"/);
  t.deepEqual(arrivals, ["ORD_a_1.csv", "ORD_a_2.csv", "ORD_a_3.csv"]);
  // A redrive looks again, and an operator's word moves it.
  await ask(world, { action: "redrive", stream: "acme", path: "ORD_c_2.csv" });
  t.is(states(world)["ORD_c_2.csv"], "failed");
  await ask(world, { action: "send", stream: "acme", path: "ORD_c_2.csv" });
  t.is(states(world)["ORD_c_2.csv"], "delivered");
});

test("a file that has begun keeps its number, whoever comes with it meanwhile and is before it by name", async (t) => {
  const world = createWorld(pushing());
  const arrivals = watchArrivals(world);
  await give(world, "ORD_b_1.csv");
  await world.bridge(refusing(world, "ORD_b_1.csv")).drainAll();
  await give(world, "ORD_a_1.csv");
  await world.bridge().drainAll();
  t.deepEqual(states(world), { "ORD_b_1.csv": "pending", "ORD_a_1.csv": "failed" });
  t.regex(errorOf(world, "ORD_a_1.csv"), /its number 1 is that of "ORD_b_1\.csv", which waits or is being moved/);
  world.time.now += hour;
  await world.bridge().drainAll();
  t.deepEqual(arrivals, ["ORD_b_1.csv"]);
});

test("the same name once more is a newer version of its number, and moves at once", async (t) => {
  const world = createWorld(pushing());
  await give(world, "ORD_a_1.csv", "ORD_a_2.csv", "ORD_a_4.csv");
  await world.bridge().drainAll();
  await world.bridge().intake(world.put("bucket", "out/ORD_a_1.csv", "corrected"));
  await world.bridge().drainAll();
  t.is(world.disk.files.get("inbox/ORD_a_1.csv")?.bytes.toString(), "corrected");
  t.is(states(world)["ORD_a_4.csv"], "pending");
});

test("names without a number, or with one that isn't counted, fail with words and hold nobody", async (t) => {
  const world = createWorld(pushing({ first: 5 }));
  const arrivals = watchArrivals(world);
  await give(world, "readme.txt", "ORD_a_4.csv", "ORD_a_5.csv", "ORD_a_99999999999999999999.csv");
  await world.bridge().drainAll();
  t.deepEqual(arrivals, ["ORD_a_5.csv"]);
  t.regex(
    errorOf(world, "readme.txt"),
    /no number where sequence\.name \("ORD_\*_\{seq\}\.csv"\) says\. It holds no other file/,
  );
  t.regex(errorOf(world, "ORD_a_4.csv"), /its number 4 is behind 5, which is the awaited one, and was never counted/);
  t.regex(errorOf(world, "ORD_a_99999999999999999999.csv"), /is beyond 9007199254740990/);
  t.is(Object.values(states(world)).filter((state) => state === "failed").length, 3);
});

test("a number is let go: what comes with it later fails, and those behind it go", async (t) => {
  const world = createWorld(pushing());
  const arrivals = watchArrivals(world);
  await give(world, "ORD_a_1.csv", "ORD_a_5.csv", "ORD_a_3.csv");
  await world.bridge().drainAll();
  const answer = await skipNumber(world, "2-4");
  t.deepEqual(results(answer), ["2: skipped", "3: waiting", "4: skipped"]);
  t.is(answer.skipped, 2);
  t.regex(JSON.stringify(answer), /3[^}]*ORD_a_3\.csv/);
  await tick(world.bridge().invocation);
  t.deepEqual(arrivals, ["ORD_a_1.csv", "ORD_a_3.csv", "ORD_a_5.csv"]);
  await give(world, "ORD_late_2.csv");
  await world.bridge().drainAll();
  t.regex(errorOf(world, "ORD_late_2.csv"), /its number 2 was let go by an operator at 2026-01-01T/);
  const again = await skipNumber(world, "2");
  t.deepEqual(results(again), ["2: let-go"], "who asks again is told when");
  t.is(again.skipped, 0, "and nothing was done");
});

test("a number that nobody waits behind, that was moved, or that there isn't, isn't let go by mistake", async (t) => {
  const world = createWorld(pushing(), stream({ name: "plain", push: { ...push, prefix: "p/", directory: "q" } }));
  const arrivals = watchArrivals(world);
  await give(world, "ORD_a_1.csv");
  await world.bridge().drainAll();
  t.deepEqual(results(await skipNumber(world, "1")), ["1: delivered"]);
  t.deepEqual(results(await skipNumber(world, "2")), ["2: awaited"]);
  t.deepEqual(results(await skipNumber(world, "2", { force: true })), ["2: skipped"]);
  await give(world, "ORD_a_3.csv");
  await world.bridge().drainAll();
  t.deepEqual(arrivals, ["ORD_a_1.csv", "ORD_a_3.csv"]);
  for (const number of ["", "x", "4-3", "1-5000", "99999999999999999999", "-1"])
    t.is((await skipNumber(world, number)).error?.kind, "malformed", number);
  t.is((await ask(world, { action: "skip", stream: "acme" })).error?.kind, "malformed");
  t.is((await skipNumber(world, "4", { path: "a" })).error?.kind, "malformed");
  t.is((await ask(world, { action: "skip", stream: "plain", number: "1" })).error?.kind, "no-sequence");
});

test("numbers begin again behind the last one, and the nearer way decides what is ahead", async (t) => {
  const world = createWorld(pushing({ first: 11, max: 12 }));
  const arrivals = watchArrivals(world);
  await give(world, "ORD_a_2.csv", "ORD_a_1.csv", "ORD_a_12.csv", "ORD_a_10.csv", "ORD_a_0.csv");
  await world.bridge().drainAll();
  t.deepEqual(arrivals, []);
  t.regex(errorOf(world, "ORD_a_10.csv"), /behind 11/);
  t.regex(errorOf(world, "ORD_a_0.csv"), /its number 0 isn't one from 1 to 12/);
  await give(world, "ORD_a_11.csv");
  await world.bridge().drainAll();
  t.deepEqual(arrivals, ["ORD_a_11.csv", "ORD_a_12.csv", "ORD_a_1.csv", "ORD_a_2.csv"]);
  for (let number = 3; number <= 10; number++) {
    await give(world, `ORD_b_${number}.csv`);
    await world.bridge().drainAll();
  }
  // The same name in the next round is the next number, and not a newer version of the last.
  const second = async (name: string) => {
    await world.bridge().intake(world.put("bucket", `out/${name}`, "second round"));
    await world.bridge().drainAll();
  };
  await second("ORD_a_12.csv");
  t.is(states(world)["ORD_a_12.csv"], "pending");
  await second("ORD_a_11.csv");
  t.is(world.disk.files.get("inbox/ORD_a_12.csv")?.bytes.toString(), "second round");
});

test("a configuration that begins with another number begins anew, an older one that still runs changes nothing", async (t) => {
  const world = createWorld(pushing());
  await give(world, "ORD_a_1.csv", "ORD_a_500.csv");
  await world.bridge().drainAll();
  const drainAs = (first: number, writtenAt: number) => {
    const changed = createWorld(pushing({ first }));
    const config = { ...changed.config, writtenAt };
    return world.bridge().drainAll({ config });
  };
  // The partner's own streams are those of the world's configuration, so it says which number as well.
  Object.assign(world.config.streams.get("acme")?.push?.sequence ?? {}, { first: 500 });
  await drainAs(500, 2_000);
  t.is(states(world)["ORD_a_500.csv"], "delivered");
  Object.assign(world.config.streams.get("acme")?.push?.sequence ?? {}, { first: 1 });
  await drainAs(1, 1_000);
  await give(world, "ORD_a_501.csv");
  await drainAs(1, 1_000);
  t.is(states(world)["ORD_a_501.csv"], "delivered");
});

test("a file that is gone before it could be read leaves its number to another one", async (t) => {
  const world = createWorld(pushing());
  const arrivals = watchArrivals(world);
  await give(world, "ORD_a_1.csv", "ORD_a_2.csv");
  world.remove("bucket", "out/ORD_a_1.csv");
  world.buckets.objects.delete("bucket/out/ORD_a_1.csv");
  await world.bridge().drainAll();
  t.deepEqual(states(world), { "ORD_a_1.csv": "gone", "ORD_a_2.csv": "pending" });
  await give(world, "ORD_b_1.csv");
  await world.bridge().drainAll();
  t.deepEqual(arrivals, ["ORD_b_1.csv", "ORD_a_2.csv"]);
});

test("pulled files are taken in the order of their numbers, and the awaited one also where there is no room", async (t) => {
  const config = stream({ pull: { ...pull, ...ordered(), after: "delete", maxOpenFiles: 2 } });
  const world = createWorld(config);
  const old = Date.UTC(2025, 11, 1) / 1000;
  const taken: string[] = [];
  for (const name of ["ORD_2_3.csv", "ORD_1_2.csv"]) place(world.disk, `outbox/${name}`, name, old);
  const poll = async () => {
    await world.bridge().poll(config);
    await world.bridge().drainAll();
    world.time.now += hour;
  };
  world.disk.watch = () => {
    for (const name of ["ORD_2_3.csv", "ORD_1_2.csv", "ORD_3_1.csv"])
      if (!world.disk.files.has(`outbox/${name}`) && !taken.includes(name) && world.entries().length > 2)
        taken.push(name);
  };
  await poll();
  t.deepEqual(Object.values(states(world)), ["pending", "pending"]);
  place(world.disk, "outbox/ORD_3_1.csv", "first", old);
  await poll();
  await poll();
  t.deepEqual(taken, ["ORD_3_1.csv", "ORD_1_2.csv", "ORD_2_3.csv"]);
});

test("a crash at any effect changes no order, leaves no number out, and holds nothing for good", async (t) => {
  for (const effects of deaths()) {
    const world = createWorld(pushing());
    const arrivals = watchArrivals(world);
    await give(world, "ORD_b_3.csv", "ORD_c_1.csv", "ORD_a_2.csv");
    await untilCrash(() => world.bridge(effects).drainAll());
    // A tick sees what is due, and leaves a partner whose last run died to an invocation of its own.
    for (let turn = 0; turn < 3; turn++) {
      world.time.now += untilLapsed;
      await tick(world.bridge().invocation);
      if (world.started.splice(0).length > 0) await world.bridge().drainAll();
    }
    t.deepEqual(arrivals, ["ORD_c_1.csv", "ORD_a_2.csv", "ORD_b_3.csv"], effects.where());
  }
});
