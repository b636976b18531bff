/** A tick that finds more partners due than it drains at one time, and the invocations that it starts. */
import test from "ava";
import { dispatch } from "../../../lambda/src/dispatch.ts";
import { partnersAtOnce } from "../../../lambda/src/invocation.ts";
import { acquireLease } from "../../../lambda/src/journal/lease.ts";
import { recordPartnerFailure } from "../../../lambda/src/journal/partner-health.ts";
import { maxStarted } from "../../../lambda/src/runs/fan-out.ts";
import { gaugeNames } from "../../../lambda/src/telemetry/names.ts";
import type { Effects } from "../../helpers/effects.ts";
import { push, sftp, stream } from "../../helpers/streams.ts";
import { createWorld, untilTakenOver, type World } from "../../helpers/world.ts";

const idOf = (n: number) => `us@p${n}:22`;
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);
const idsOf = (from: number, to: number) => range(from, to).map(idOf);

const partner = (n: number) =>
  stream({
    name: `p${n}`,
    sftp: { ...sftp, host: `p${n}` },
    push: { ...push, prefix: `p${n}/`, directory: `p${n}` },
  });

/** Partners with a file each that is due: the higher the number, the longer, although it has been known for less long. */
const due = async (count: number): Promise<World> => {
  const world = createWorld(...range(0, count).map(partner));
  const { intake } = world.bridge();
  for (const n of range(0, count)) await intake(world.put("bucket", `p${n}/file`, "x"));
  for (const [key, item] of [...world.items])
    world.items.set(key, { ...item, next_attempt: world.time.now - Number(String(item["stream"]).slice(1)) });
  return world;
};

/** In the order of numbers, as sets are compared in theirs. */
const inOrder = (ids: readonly string[]) =>
  [...ids].sort((one, other) => Number(/\d+/.exec(one)) - Number(/\d+/.exec(other)));

const delivered = (world: World) =>
  [...world.disk.files.keys()].map((path) => Number(path.slice(1, path.indexOf("/")))).sort((a, b) => a - b);

const tick = async (world: World, effects?: Effects) => {
  const { invocation, telemetry } = world.bridge(effects);
  await dispatch(invocation, { action: "tick" });
  return telemetry;
};
const startedBy = async (world: World, partners: readonly string[]) => {
  const { invocation, telemetry } = world.bridge();
  await dispatch(invocation, { action: "drain", partners });
  return telemetry;
};

test("as many as one invocation drains at one time are drained by the tick, which asks for nothing more", async (t) => {
  const world = await due(partnersAtOnce);
  const effects: string[] = [];
  await tick(world, async (name, effect) => {
    effects.push(name);
    return effect();
  });
  t.deepEqual(delivered(world), range(0, partnersAtOnce));
  t.deepEqual(world.started, []);
  t.is(effects.filter((name) => name === "table.getMany").length, 2 * partnersAtOnce, "each one's health and entry");
});

test("of more, the tick drains those that are due for longest, and starts invocations for the others, the oldest first", async (t) => {
  const world = await due(30);
  const { lines, gauges } = await tick(world);
  t.deepEqual(delivered(world), range(22, 30));
  t.deepEqual(world.started, [idsOf(14, 22).reverse(), idsOf(6, 14).reverse(), idsOf(0, 6).reverse()]);
  t.is(gauges.filter(({ name }) => name === gaugeNames.ticks).length, 1);
  t.deepEqual(
    lines.filter(({ level }) => level === "warn" || level === "error"),
    [],
  );

  for (const partners of [...world.started]) {
    const telemetry = await startedBy(world, partners);
    t.deepEqual(
      [telemetry.gauges, telemetry.records.length],
      [[], partners.length],
      "transfers, and nothing of a tick",
    );
  }
  t.deepEqual(delivered(world), range(0, 30));
  t.is(world.started.length, 3, "what a tick has started starts nothing further");
  await tick(world);
  t.is(world.connections.made, 30);
});

test("a tick starts so many invocations and no more; the next one goes on with the rest", async (t) => {
  const most = partnersAtOnce * (maxStarted + 1);
  const world = await due(most + 10);
  const { lines } = await tick(world);
  t.is(world.started.length, maxStarted);
  t.deepEqual(inOrder(world.started.flat()), idsOf(10, most + 2));
  t.like(
    lines.find(({ level }) => level === "warn"),
    { fields: { left: 10 } },
  );
  t.is(delivered(world).length, partnersAtOnce);
  for (const partners of world.started.splice(0)) await startedBy(world, partners);
  await tick(world);
  t.deepEqual(world.started, [idsOf(0, 2).reverse()]);
  t.is(delivered(world).length, most + 8);
});

test("1,000 partners that are due at one time are 125 invocations", async (t) => {
  const world = await due(1_000);
  await tick(world);
  t.is(world.started.length + 1, 125);
});

test("a partner that pauses costs no invocation until its pause is over", async (t) => {
  const world = await due(30);
  const { deps } = world.bridge();
  const pause = { message: "down", busy: false, now: world.time.now, nonce: deps.nonce, random: () => 0.5 };
  for (const n of range(0, 12)) await recordPartnerFailure(deps.table, { partner: idOf(n), ...pause });
  await tick(world);
  t.deepEqual(world.started, [idsOf(14, 22).reverse(), idsOf(12, 14).reverse()]);
  t.is(world.connections.made, partnersAtOnce);
  world.time.now += 120_000;
  await tick(world);
  t.deepEqual(inOrder([...world.started.slice(2).flat(), ...delivered(world).map(idOf)]), idsOf(0, 30), "it is over");
});

test("a partner whose connections are taken is rung, and nobody is started for it; a dead holder's is free", async (t) => {
  const world = await due(30);
  const { deps } = world.bridge();
  for (const id of idsOf(0, 3)) await deps.table.get({ pk: id, sk: "any" }); // the holders know the table's time
  const leases = await Promise.all(idsOf(0, 12).map((id) => acquireLease(deps, id, 1)));
  await tick(world);
  t.deepEqual(world.started, [idsOf(14, 22).reverse(), idsOf(12, 14).reverse()]);
  for (const lease of leases) {
    await lease?.refresh();
    t.is(lease?.wakeUps, 1);
  }
  t.deepEqual(delivered(world), range(22, 30));

  world.time.now += untilTakenOver;
  await tick(world);
  // As one that was rung each of the dead holders' would be this tick's own, which starts an invocation for it alone.
  t.deepEqual(world.started.slice(2), [idsOf(6, 14).reverse(), idsOf(0, 6).reverse()]);
  t.deepEqual(delivered(world), range(14, 30));
});

test("a partner that allows one more connection than are taken isn't held", async (t) => {
  const several = createWorld(
    ...range(0, 10).map((n) => ({ ...partner(n), sftp: { ...sftp, host: `p${n}`, maxConnections: 2 } })),
  );
  const { intake, deps } = several.bridge();
  for (const n of range(0, 10)) await intake(several.put("bucket", `p${n}/file`, "x"));
  await acquireLease(deps, idOf(8), 2);
  for (const _ of [1, 2]) await acquireLease(deps, idOf(9), 2);
  await tick(several);
  t.deepEqual(several.started, [[idOf(8)]]);
});

test("where Lambda takes no event, the tick drains all of them, says so once, and doesn't ask again", async (t) => {
  const world = await due(200);
  let asked = 0;
  const { lines } = await tick(world, async (name, effect) => {
    if (name !== "invoke") return effect();
    asked++;
    await new Promise(setImmediate);
    throw new Error("Lambda's API doesn't answer");
  });
  t.deepEqual(delivered(world), range(0, 200));
  t.is(asked, 8, "as many as were asked at one time");
  const warnings = lines.filter(({ level }) => level === "warn");
  t.is(warnings.length, 1);
  t.like(warnings[0], { fields: { left: 192, started: 0, error: { message: "Lambda's API doesn't answer" } } });
});

test("what is beyond the most that a tick starts is drained as well where Lambda takes no event", async (t) => {
  const count = partnersAtOnce * (maxStarted + 1) + 3;
  const world = await due(count);
  await tick(world, async (name, effect) => {
    if (name === "invoke") throw new Error("denied");
    return effect();
  });
  t.is(delivered(world).length, count);
});

test("an invocation that is refused leaves its own partners to the tick, and not those of others", async (t) => {
  const world = await due(30);
  let asked = 0;
  await tick(world, async (name, effect) => {
    if (name === "invoke" && ++asked === 2) throw new Error("throttled");
    return effect();
  });
  t.deepEqual(world.started, [idsOf(14, 22).reverse(), idsOf(0, 6).reverse()]);
  t.deepEqual(delivered(world), [...range(6, 14), ...range(22, 30)]);
});

test("partners that are no longer configured are told of and left alone; the others are drained", async (t) => {
  const world = await due(2);
  const { lines } = await startedBy(world, [idOf(0), "us@gone:22", idOf(1), idOf(0)]);
  t.deepEqual(delivered(world), [0, 1]);
  t.is(world.connections.made, 2);
  t.like(
    lines.find(({ level }) => level === "warn"),
    { fields: { partners: ["us@gone:22"] } },
  );
});

test("an invocation that comes so late that others have done its work connects to nobody", async (t) => {
  const world = await due(3);
  await startedBy(world, idsOf(0, 3));
  await startedBy(world, idsOf(0, 3));
  t.is(world.connections.made, 3);
});

test("an invocation that was started drains its own partners, however many are due", async (t) => {
  const world = await due(30);
  await startedBy(world, idsOf(0, 2));
  t.deepEqual(delivered(world), [0, 1]);
  t.deepEqual(world.started, []);
});

test("it takes one to eight partners by name, and nothing else", async (t) => {
  const { invocation } = (await due(1)).bridge();
  for (const event of [
    { action: "drain" },
    { action: "drain", partners: [] },
    { action: "drain", partners: idOf(0) },
    { action: "drain", partners: [7] },
    { action: "drain", partners: idsOf(0, partnersAtOnce + 1) },
    { action: "drain", partners: [idOf(0)], streams: ["p0"] },
  ])
    await t.throwsAsync(dispatch(invocation, event), { name: "MalformedEvent" }, JSON.stringify(event));
});

test("one that fails, fails as any other: what the journal refuses is thrown, and counted as an error of the function", async (t) => {
  const world = await due(3);
  const refusing =
    (what: string): Effects =>
    async (name, effect) => {
      if (name === what) throw new Error(`${what} refused`);
      return effect();
    };
  const without = world.bridge(refusing("table.query"));
  await t.throwsAsync(dispatch(without.invocation, { action: "drain", partners: idsOf(0, 3) }), { message: /refused/ });
  const later = world.bridge(refusing("table.put"));
  await dispatch(later.invocation, { action: "drain", partners: idsOf(0, 3) });
  const errors = later.telemetry.lines.filter(({ level }) => level === "error");
  t.deepEqual(
    errors.map(({ fields }) => [fields["partner"], fields["stream"]]),
    idsOf(0, 3).map((id) => [id, undefined]),
    "the alarm `errors` of the bridge counts errors without a stream",
  );
});
