/** Days of failures in seconds: what a partner that is down costs, and what a single bad file does. */
import test from "ava";
import fc from "fast-check";
import type { Entry } from "../../../lambda/src/journal/entry.ts";
import { retryDelay } from "../../../lambda/src/journal/retry.ts";
import { RemoteError } from "../../../lambda/src/sftp/errors.ts";
import type { Effects } from "../../helpers/effects.ts";
import { push, stream } from "../../helpers/streams.ts";
import { createWorld, untilLapsed, type World } from "../../helpers/world.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const entriesOf = (world: World) => world.entries() as unknown as Entry[];
const countOf = (world: World, state: string) => entriesOf(world).filter((entry) => entry.state === state).length;

test("a partner that is down for a weekend while 10,000 files arrive: one attempt a turn, and all catch up", async (t) => {
  const world = createWorld(stream({ push }));
  const start = world.time.now;
  let attempts = 0;
  const connecting = () => {
    attempts++;
    throw new RemoteError("unreachable", "the connection was refused");
  };
  const files = 10_000;
  const weekend = 60 * hour;
  let put = 0;
  for (let at = 0; at < weekend; at += minute) {
    world.time.now = Math.max(world.time.now, start + at);
    const bridge = world.bridge(undefined, undefined, { connecting, random: Math.random });
    for (; put < Math.round((files * at) / weekend); put++)
      await bridge.intake({ ...world.put("bucket", `out/${put}`, `content ${put}`), time: world.time.now });
    world.time.now = start + at;
    await bridge.drainAll();
  }
  for (; put < files; put++) await world.bridge().intake(world.put("bucket", `out/${put}`, `content ${put}`));
  t.is(countOf(world, "pending"), files, "all wait, none is lost or given up");
  t.true(attempts <= 60 * 6 && attempts >= 60 * 3, `${attempts} attempts in 60 hours`);
  t.true(
    entriesOf(world).every((entry) => entry.attempts === 0),
    "no file was tried by itself",
  );

  world.time.now += 20 * minute;
  const before = world.connections.made;
  await world.bridge().drainAll();
  t.is(countOf(world, "delivered"), files);
  t.is(world.connections.made - before, 1, "over one connection");
  t.is(world.disk.files.size, files);
  t.log(`${attempts} connection attempts in 60 hours, then ${files} files over one connection`);
});

test("a partner that is away for longer than retry_for: its files are failed, and stay in the journal", async (t) => {
  const world = createWorld(stream({ push, retryForDays: 2 }));
  const connecting = () => {
    throw new RemoteError("unreachable", "the connection was refused");
  };
  await world.bridge().intake(world.put("bucket", "out/old", "x"));
  for (let at = 0; at < 3 * day; at += hour) {
    world.time.now += hour;
    if (at === 2 * day - 5 * hour) await world.bridge().intake(world.put("bucket", "out/young", "x"));
    await world.bridge(undefined, undefined, { connecting }).drainAll();
  }
  const [old, young] = ["old", "young"].map((path) => entriesOf(world).find((entry) => entry.path === path));
  t.is(old?.state, "failed");
  t.is(old?.last_error?.kind, "unreachable");
  t.is(old?.expires_at, undefined, "it never expires");
  t.is(old?.open_stream, "failed#push#acme", "it is found by a redrive");
  t.is(young?.state, "pending");
});

for (const [kind, days] of [
  ["permission", 0.25],
  ["failure", 7],
] as const) {
  test(`a file that fails with "${kind}" is given up after ${days} days, and slows nobody else`, async (t) => {
    const world = createWorld(stream({ push }));
    await world.bridge().intake(world.put("bucket", "out/bad", "bad"));
    const bad = entriesOf(world)[0];
    const known = Date.parse(bad?.known_at ?? "");
    let tries = 0;
    let others = 0;
    const isBad = () => entriesOf(world).find(({ path }) => path === "bad");
    const effects: Effects = async (name, effect) => {
      // The bad file's is the only upload of three bytes.
      if (name === "remote.publish" && isBad()?.progress?.phase === "publishing") {
        tries++;
        throw new RemoteError(kind, "refused");
      }
      return effect();
    };
    let failedAt = 0;
    for (let at = 0; at < 9 * day && failedAt === 0; at += 10 * minute) {
      world.time.now = known + at;
      // Not while the bad one is being tried, so that the fault is certain to be its own.
      if (at % (6 * hour) === 0 && (isBad()?.next_attempt ?? 0) > world.time.now + minute) {
        const other = `other-${at / hour}`;
        await world.bridge().intake(world.put("bucket", `out/${other}`, "other"));
        await world.bridge().drainAll();
        others++;
        t.is(entriesOf(world).find(({ path }) => path === other)?.state, "delivered", `${other} has not waited`);
      }
      await world.bridge(effects).drainAll();
      if (isBad()?.state === "failed") failedAt = world.time.now;
    }
    const after = (failedAt - known) / day;
    t.true(after >= days && after < days + 0.1, `given up after ${after} days`);
    t.true(tries < days * 24 * 1.3 + 8, `${tries} attempts`);
    t.true(others > 0 || days < 1);
    t.deepEqual(
      [...world.disk.files.keys()].filter((path) => path.endsWith(".tmp")),
      [],
      "nothing of it is left at the partner",
    );
    world.time.now += 400 * day;
    await world.bridge().drainAll();
    t.is(isBad()?.state, "failed", "it stays there");
  });
}

test("delays grow, stay within an hour, and differ by a fifth at the most", (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (attempts, random) => {
      const middle = Math.min(minute * 2 ** (attempts - 1), hour);
      const delay = retryDelay(attempts, () => random);
      return delay >= middle * 0.8 - 1 && delay <= middle * 1.2 + 1;
    }),
  );
  t.pass();
});

test("a file that ends every connection is set aside, so that the others get through", async (t) => {
  const world = createWorld(stream({ push }));
  await world.bridge().intake(world.put("bucket", "out/0-poison", "poison"));
  await world.bridge().intake(world.put("bucket", "out/good", "good"));
  const isPoison = () => entriesOf(world).find(({ path }) => path === "0-poison");
  let lost = 0;
  for (
    let turn = 0;
    turn < 200 && entriesOf(world).some(({ path, state }) => path === "good" && state !== "delivered");
    turn++
  ) {
    world.time.now += 3 * minute;
    const bridge = world.bridge(undefined, undefined, { random: Math.random });
    const { connect } = bridge.deps;
    const poisoned = {
      connect: async (...given: Parameters<typeof connect>) => {
        const remote = await connect(...given);
        return {
          ...remote,
          openWrite: async (...write: Parameters<typeof remote.openWrite>) => {
            if (write[0] === isPoison()?.progress?.path) {
              lost++;
              const reason = new RemoteError("lost", "the server ended it");
              remote.destroy(reason);
              throw reason;
            }
            await new Promise((resolve) => setTimeout(resolve, 5)); // the good one is always too late
            if (remote.lost.aborted) throw remote.lost.reason;
            return remote.openWrite(...write);
          },
        };
      },
    };
    await bridge.drainAll(poisoned);
  }
  t.is(entriesOf(world).find(({ path }) => path === "good")?.state, "delivered");
  t.true(lost >= 3 && lost < 100, `${lost} connections were lost`);
  t.is(isPoison()?.state, "pending");
});

test("a failure of a run that has lost the entry doesn't touch the new owner's work", async (t) => {
  const world = createWorld(stream({ push }));
  await world.bridge().intake(world.put("bucket", "out/f", "content"));
  let asleep: (() => void) | undefined;
  const slow = world.bridge(async (name, effect) => {
    const result = await effect();
    if (name === "remote.write") {
      await new Promise<void>((resolve) => {
        asleep = resolve;
      });
      throw new RemoteError("failure", "some failure of the old run");
    }
    return result;
  });
  const old = slow.drainAll();
  while (!asleep) await new Promise(setImmediate);
  world.time.now += untilLapsed;
  let midway: Entry | undefined;
  await world
    .bridge(async (name, effect) => {
      const result = await effect();
      if (name === "remote.write") {
        asleep?.();
        await old;
        midway = entriesOf(world)[0];
      }
      return result;
    })
    .drainAll();
  t.is(midway?.state, "active", "the new owner still has it");
  t.is(midway?.last_error, undefined);
  t.is(entriesOf(world)[0]?.state, "delivered");
});
