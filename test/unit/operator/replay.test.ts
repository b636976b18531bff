import test from "ava";
import { dispatch } from "../../../lambda/src/dispatch.ts";
import { ask, deliveriesOf, results } from "../../helpers/ask.ts";
import { place } from "../../helpers/memory-remote.ts";
import { pull, push, stream } from "../../helpers/streams.ts";
import { createWorld, type World } from "../../helpers/world.ts";

const old = Date.UTC(2025, 11, 1) / 1000;

const deliver = async (world: World, path: string, content = path): Promise<void> => {
  const bridge = world.bridge();
  await bridge.intake(world.put("bucket", `out/${path}`, content));
  await bridge.drainAll();
};

const takeAway = (world: World, path: string) => world.disk.files.delete(`inbox/${path}`);
const there = (world: World) => [...world.disk.files.keys()].filter((path) => path.startsWith("inbox/")).sort();

test("a delivered object is not sent again without force, and the answer says when it went", async (t) => {
  const world = createWorld(stream({ push }));
  await deliver(world, "a");
  takeAway(world, "a");
  const before = JSON.stringify([...world.items].filter(([key]) => key.startsWith("push#")));
  const answer = await ask(world, { action: "replay", stream: "acme", path: "a" });
  t.deepEqual(results(answer), ["a: delivered"]);
  t.is(answer["queued"], 0);
  t.regex(
    JSON.stringify(answer["files"]),
    /already delivered at 2026-01-01T.*SHA-256 [0-9a-f]{64}.*--force moves it again/,
  );
  t.deepEqual(there(world), []);
  t.is(JSON.stringify([...world.items].filter(([key]) => key.startsWith("push#"))), before);
});

test("with force it is sent again, in the same invocation, and the journal has both deliveries", async (t) => {
  const world = createWorld(stream({ push }));
  await deliver(world, "a");
  takeAway(world, "a");
  const answer = await ask(world, { action: "replay", stream: "acme", path: "a", force: true });
  t.deepEqual(results(answer), ["a: delivered"]);
  t.is(answer["queued"], 1);
  t.deepEqual(there(world), ["inbox/a"]);
  t.is(deliveriesOf(world), 2);
  t.is(world.entries()[0]?.["replay"], undefined);
  // It was wanted once more, not for ever.
  takeAway(world, "a");
  await dispatch(world.bridge().invocation, { action: "tick" });
  t.deepEqual(there(world), []);
});

test("an object that no longer exists: nothing is done, and the answer says when it was delivered", async (t) => {
  const world = createWorld(stream({ push }));
  await deliver(world, "a");
  world.remove("bucket", "out/a");
  for (const path of ["a", "never"]) {
    const answer = await ask(world, { action: "replay", stream: "acme", path, force: true });
    t.deepEqual(results(answer), [`${path}: missing`]);
    t.regex(
      JSON.stringify(answer["files"]),
      path === "a" ? /doesn't exist any more; it was delivered at 2026/ : /s3:\/\/bucket\/out\/never doesn't exist\./,
    );
  }
  t.is(world.entries()[0]?.["state"], "delivered");
});

test("an object that the journal doesn't know is sent", async (t) => {
  const world = createWorld(stream({ push }));
  world.put("bucket", "out/lost", "x");
  t.deepEqual(results(await ask(world, { action: "replay", stream: "acme", path: "lost" })), ["lost: delivered"]);
  t.deepEqual(there(world), ["inbox/lost"]);
});

test("two operators at once: one of them queues it, and it arrives once", async (t) => {
  const world = createWorld(stream({ push }));
  await deliver(world, "a");
  takeAway(world, "a");
  const event = { action: "replay", stream: "acme", path: "a", force: true };
  const answers = await Promise.all([ask(world, event), ask(world, event)]);
  t.deepEqual(answers.map((answer) => answer["queued"]).sort(), [0, 1]);
  t.true(answers.every(({ ok }) => ok));
  await world.bridge().drainAll();
  t.is(deliveriesOf(world), 2);
});

test("a prefix and a time range choose by the time of delivery", async (t) => {
  const world = createWorld(stream({ push }));
  await deliver(world, "x/1");
  world.time.now += 3_600_000;
  const since = new Date(world.time.now).toISOString();
  await deliver(world, "x/2");
  await deliver(world, "y/3");
  world.time.now += 3_600_000;
  const until = new Date(world.time.now).toISOString();
  await deliver(world, "x/4");
  for (const path of ["x/1", "x/2", "y/3", "x/4"]) takeAway(world, path);
  const answer = await ask(world, { action: "replay", stream: "acme", prefix: "x/", since, until, force: true });
  t.deepEqual(results(answer), ["x/2: delivered"]);
  t.deepEqual(there(world), ["inbox/x/2"]);
  await ask(world, { action: "replay", stream: "acme", since, until, force: true });
  t.deepEqual(there(world), ["inbox/x/2", "inbox/y/3"]);
});

test("what can't be finished in time comes with a cursor, from which the caller goes on to the end", async (t) => {
  const world = createWorld(stream({ push }));
  for (let n = 0; n < 6; n++) world.put("bucket", `out/${n}`, "x");
  let next: string | undefined;
  let calls = 0;
  do {
    const event = { action: "replay", stream: "acme", prefix: "", ...(next === undefined ? {} : { next }) };
    // Each listing takes most of a slice.
    const answer = await ask(world, event, async (name, effect) => {
      if (name === "objects.list") world.time.now += 40_000;
      return effect();
    });
    t.true(answer.ok);
    next = answer.next;
    calls++;
  } while (next !== undefined && calls < 20);
  t.true(calls > 1);
  await world.bridge().drainAll();
  t.is(there(world).length, 6);
});

test("a pulled file lies in .done: it is not fetched again without force; with force it is put back and fetched", async (t) => {
  const world = createWorld(stream({ pull }));
  place(world.disk, "outbox/x/a", "1", old);
  await dispatch(world.bridge().invocation, { action: "poll", streams: ["acme"] });
  const [done] = [...world.disk.files.keys()];
  t.regex(done ?? "", /^outbox\/x\/\.done\//);
  for (const path of ["x/a", (done ?? "").slice("outbox/".length)]) {
    const refused = await ask(world, { action: "replay", stream: "acme", path });
    t.deepEqual(results(refused), ["x/a: delivered"]);
    t.deepEqual([...world.disk.files.keys()], [done]);
  }
  world.time.now += 60_000;
  const answer = await ask(world, { action: "replay", stream: "acme", path: "x/a", force: true });
  t.deepEqual(results(answer), ["x/a: delivered"]);
  t.is(world.buckets.objects.get("bucket/in/x/a")?.length, 2);
  t.regex([...world.disk.files.keys()].join(), /^outbox\/x\/\.done\/\d{14}-a$/);
});

test("files of a time range are put back from .done, others stay there", async (t) => {
  const world = createWorld(stream({ pull }));
  place(world.disk, "outbox/early", "1", old);
  await dispatch(world.bridge().invocation, { action: "poll", streams: ["acme"] });
  world.time.now += 3_600_000;
  const since = new Date(world.time.now).toISOString();
  place(world.disk, "outbox/late", "1", old);
  await dispatch(world.bridge().invocation, { action: "poll", streams: ["acme"] });
  const dry = await ask(world, { action: "replay", stream: "acme", since });
  t.deepEqual(results(dry), ["late: delivered"]);
  t.is(dry["queued"], 0);
  await ask(world, { action: "replay", stream: "acme", since, force: true });
  t.is(world.buckets.objects.get("bucket/in/early")?.length, 1);
  t.is(world.buckets.objects.get("bucket/in/late")?.length, 2);
});

test("a remote file that is neither in place nor in .done: nothing is done", async (t) => {
  const world = createWorld(stream({ pull }));
  world.disk.directories.add("outbox");
  for (const path of ["nothing", ".done/20260101000000-nothing"]) {
    const answer = await ask(world, { action: "replay", stream: "acme", path, force: true });
    t.deepEqual(results(answer), [`${path}: missing`]);
    t.regex(JSON.stringify(answer["files"]), /doesn't exist/);
  }
});

test("a kept file that was fetched is fetched again only with force", async (t) => {
  const world = createWorld(stream({ pull: { ...pull, after: "keep" } }));
  place(world.disk, "outbox/a", "1", old);
  await dispatch(world.bridge().invocation, { action: "poll", streams: ["acme"] });
  t.deepEqual(results(await ask(world, { action: "replay", stream: "acme", path: "a" })), ["a: delivered"]);
  t.is(world.buckets.objects.get("bucket/in/a")?.length, 1);
  await ask(world, { action: "replay", stream: "acme", path: "a", force: true });
  t.is(world.buckets.objects.get("bucket/in/a")?.length, 2);
});

test("a replay while the partner is down says so, and what was asked for stays queued", async (t) => {
  const { RemoteError } = await import("../../../lambda/src/sftp/errors.ts");
  const world = createWorld(stream({ push }), stream({ name: "in", pull }));
  world.put("bucket", "out/a", "x");
  const down = async <T>(name: string, effect: () => T | Promise<T>): Promise<T> => {
    if (name === "connect") throw new RemoteError("unreachable", "us@partner:22: refused.");
    return effect();
  };
  const pushed = await ask(world, { action: "replay", stream: "acme", path: "a" }, down);
  t.deepEqual(results(pushed), ["a: queued"]);
  const pulled = await ask(world, { action: "replay", stream: "in", path: "a" }, down);
  t.like(pulled.error, { kind: "unreachable", message: "us@partner:22: refused." });
  world.time.now += 3_600_000;
  await dispatch(world.bridge().invocation, { action: "tick" });
  t.deepEqual(there(world), ["inbox/a"]);
});
