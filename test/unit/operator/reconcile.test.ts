import test from "ava";
import { dispatch } from "../../../lambda/src/dispatch.ts";
import { ask, deliveriesOf, results } from "../../helpers/ask.ts";
import { push, stream } from "../../helpers/streams.ts";
import { createWorld } from "../../helpers/world.ts";

const minutes = 60_000;

/** A bridge that has ticked, with an older object, a delivered one and two whose events were lost. */
const withLostEvents = async () => {
  const world = createWorld(stream({ push: { ...push, exclude: ["*.log"] } }));
  world.put("bucket", "out/older", "x");
  world.time.now += minutes;
  await dispatch(world.bridge().invocation, { action: "tick" });
  const bridge = world.bridge();
  await bridge.intake(world.put("bucket", "out/delivered", "x"));
  await bridge.intake(world.put("bucket", "out/replaced", "1"));
  await bridge.drainAll();
  world.put("bucket", "out/lost", "x");
  world.put("bucket", "out/replaced", "2");
  world.put("bucket", "out/x/", "");
  world.put("bucket", "out/noise.log", "x");
  world.time.now += 10 * minutes;
  world.put("bucket", "out/just-now", "x");
  return world;
};

const content = (world: Awaited<ReturnType<typeof withLostEvents>>, path: string) =>
  world.disk.files.get(path)?.bytes.toString();

test("reconcile sends what no event told of, newer versions too, and leaves the rest alone", async (t) => {
  const world = await withLostEvents();
  const answer = await ask(world, { action: "reconcile", stream: "acme" });
  t.deepEqual(results(answer), ["lost: delivered", "replaced: delivered"]);
  t.like(answer, { missing: 2, delivered: 1, looked_at: 7 });
  t.is(content(world, "inbox/replaced"), "2");
  t.is(content(world, "inbox/older"), undefined);
  t.is(content(world, "inbox/just-now"), undefined, "its event is on its way");
  const again = await ask(world, { action: "reconcile", stream: "acme" });
  t.like(again, { missing: 0, delivered: 3 });
});

test("backfill takes what was there before the bridge, from a time on if that is given", async (t) => {
  const world = await withLostEvents();
  const none = await ask(world, { action: "backfill", stream: "acme", since: "2027-01-01" });
  t.is(none["missing"], 0);
  const answer = await ask(world, { action: "backfill", stream: "acme" });
  t.deepEqual(results(answer), ["lost: delivered", "older: delivered", "replaced: delivered"]);
});

test("a dry run tells what is missing, and changes nothing", async (t) => {
  const world = await withLostEvents();
  const before = world.items.size;
  const answer = await ask(world, { action: "reconcile", stream: "acme", dry_run: true });
  t.deepEqual(results(answer), ["lost: missing", "replaced: missing"]);
  t.is(world.items.size, before);
  t.is(content(world, "inbox/lost"), undefined);
});

test("an event that comes after its object was reconciled sends nothing twice", async (t) => {
  const world = await withLostEvents();
  const late = world.put("bucket", "out/late", "x");
  world.time.now += 5 * minutes;
  await ask(world, { action: "reconcile", stream: "acme" });
  await world.bridge().intake({ ...late, time: late.time + 1_000 });
  await world.bridge().drainAll();
  const entry = world.entries().find(({ path }) => path === "late");
  t.is(entry?.["state"], "delivered");
  t.is(deliveriesOf(world, "late"), 1);
});

test("an older version that is left after the newest was removed isn't sent", async (t) => {
  const world = createWorld(stream({ push }));
  await dispatch(world.bridge().invocation, { action: "tick" });
  const bridge = world.bridge();
  world.put("bucket", "out/a", "1");
  await bridge.intake(world.put("bucket", "out/a", "2"));
  await bridge.drainAll();
  world.buckets.objects.get("bucket/out/a")?.pop();
  world.time.now += 10 * minutes;
  t.like(await ask(world, { action: "reconcile", stream: "acme" }), { missing: 0, delivered: 1 });
});

test("before the first tick a reconcile can't tell lost from older, and says so", async (t) => {
  const world = createWorld(stream({ push }));
  const answer = await ask(world, { action: "reconcile", stream: "acme" });
  t.regex(answer.error?.message ?? "", /hasn't seen a tick.*give --since/);
});
