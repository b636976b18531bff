import test from "ava";
import type { Windows } from "../../../lambda/src/config/types.ts";
import { weekDays } from "../../../lambda/src/config/types.ts";
import { dispatch } from "../../../lambda/src/dispatch.ts";
import { RemoteError } from "../../../lambda/src/sftp/errors.ts";
import { ask, results } from "../../helpers/ask.ts";
import type { Effects } from "../../helpers/effects.ts";
import { place } from "../../helpers/memory-remote.ts";
import { pull, push, sftp, stream } from "../../helpers/streams.ts";
import { createWorld, type World } from "../../helpers/world.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const old = Date.UTC(2025, 11, 1) / 1000;

/** The world begins on Thursday 2026-01-01 at 00:00 UTC, which is 01:00 in Berlin. */
const windows: Windows = {
  timeZone: "Europe/Berlin",
  open: [{ days: [...weekDays], from: 6 * 60, to: 22 * 60 }],
  except: [],
};
const opens = Date.UTC(2026, 0, 1, 5);
const closes = Date.UTC(2026, 0, 1, 21);

const tick = async (world: World, effects?: Effects) => {
  const { invocation, telemetry } = world.bridge(effects);
  await dispatch(invocation, { action: "tick" });
  const gauges = telemetry.gauges.map(({ name, value }): [string, number] => [name, value]);
  return {
    ages: telemetry.records as { direction: string; backlog: number; oldestSeconds: number }[],
    gauges: Object.fromEntries(gauges),
    lines: telemetry.lines.map(({ message }) => message),
  };
};
const poll = (world: World) => dispatch(world.bridge().invocation, { action: "poll", streams: ["acme"] });
const sent = (world: World, path = "a") => world.disk.files.get(`inbox/${path}`)?.bytes.toString();

test("outside of its window a push waits without any connection, and grows no older; the window's first tick sends it", async (t) => {
  const world = createWorld(stream({ push: { ...push, windows } }));
  await world.bridge().intake(world.put("bucket", "out/a", "content"));
  await world.bridge().drainAll();
  world.time.now = opens - 20_000;
  t.like((await tick(world)).ages[0], { backlog: 1, oldestSeconds: 0 });
  t.is(world.connections.made, 0);
  t.is(sent(world), undefined);
  world.time.now = opens + 30_000;
  t.like((await tick(world)).ages[0], { backlog: 1, oldestSeconds: 30 });
  t.is(sent(world), "content");
});

test("an event that comes outside of the window is taken in, and nothing is connected to", async (t) => {
  const world = createWorld(stream({ push: { ...push, windows } }));
  const object = world.put("bucket", "out/a", "content");
  const entries = await world.bridge().intake(object);
  const { drainAll } = await import("../../../lambda/src/invocation.ts");
  await drainAll(world.bridge().invocation, [entries[0]?.partner ?? ""], entries);
  t.is(world.connections.made, 0);
});

test("a poll outside of the window waits for it, and the age of the last poll stands still", async (t) => {
  const world = createWorld(stream({ pull: { ...pull, windows } }));
  place(world.disk, "outbox/a.csv", "content", old);
  await tick(world);
  await poll(world);
  world.time.now = opens - minute;
  t.is((await tick(world)).gauges["last-poll-age"], 0);
  t.is(world.connections.made, 0);
  world.time.now = opens + minute;
  t.is((await tick(world)).gauges["last-poll-age"], 60);
  t.is(world.content("bucket", "in/a.csv"), "content");
});

test("on a day without business a schedule's poll falls away, and one in a night's window that is still open doesn't", async (t) => {
  const off = { ...windows, except: ["01-01"] };
  const world = createWorld(stream({ pull: { ...pull, windows: off } }));
  place(world.disk, "outbox/a.csv", "content", old);
  world.time.now = opens + hour;
  await poll(world);
  world.time.now += day;
  await tick(world);
  t.is(world.connections.made, 0);
  await poll(world);
  t.is(world.content("bucket", "in/a.csv"), "content");

  const night = { ...off, open: [{ days: [...weekDays], from: 22 * 60, to: 6 * 60 }] };
  const other = createWorld(stream({ pull: { ...pull, windows: night } }));
  place(other.disk, "outbox/a.csv", "content", old);
  await poll(other);
  t.is(other.content("bucket", "in/a.csv"), "content");
});

test("of a partner's streams only those move that are within their windows", async (t) => {
  const world = createWorld(
    stream({ name: "one", push: { ...push, windows } }),
    stream({ name: "two", push: { ...push, prefix: "two/", directory: "two" } }),
  );
  await world.bridge().intake(world.put("bucket", "out/a", "content"));
  await world.bridge().intake(world.put("bucket", "two/b", "content"));
  await tick(world);
  t.deepEqual([...world.disk.files.keys()], ["two/b"]);
  world.time.now = opens + minute;
  await tick(world);
  t.deepEqual([...world.disk.files.keys()].sort(), ["inbox/a", "two/b"]);
});

test("a closed side's poll stays asked for while another stream of the partner is polled", async (t) => {
  const world = createWorld(
    stream({ pull: { ...pull, windows } }),
    stream({ name: "two", pull: { ...pull, prefix: "two/", directory: "two" } }),
  );
  place(world.disk, "outbox/a.csv", "content", old);
  place(world.disk, "two/b.csv", "content", old);
  await dispatch(world.bridge().invocation, { action: "poll", streams: ["acme", "two"] });
  t.is(world.content("bucket", "two/b.csv"), "content");
  world.time.now = opens + minute;
  await tick(world);
  t.is(world.content("bucket", "in/a.csv"), "content");
});

test("at the end of its window a side stops, whatever is under way, and goes on in the next one", async (t) => {
  const world = createWorld(stream({ push: { ...push, windows } }));
  for (const name of ["a", "b", "c"]) await world.bridge().intake(world.put("bucket", `out/${name}`, "content"));
  world.time.now = closes - 15_000;
  // The first request for a file takes until the window is closed.
  const slow: Effects = async (name, effect) => {
    if (name === "remote.openWrite") world.time.now = closes + 1_000;
    return effect();
  };
  await world.bridge(slow).drainAll();
  t.deepEqual([world.connections.open, world.connections.made], [0, 1]);
  const finished = () => ["a", "b", "c"].filter((name) => sent(world, name) === "content");
  t.deepEqual(finished(), []);
  world.time.now = closes + minute;
  await tick(world);
  await world.bridge().drainAll();
  t.is(world.connections.made, 1);
  world.time.now = opens + day + 7 * minute;
  await tick(world);
  t.deepEqual(finished(), ["a", "b", "c"]);
});

test("in a window's last seconds nothing begins", async (t) => {
  const world = createWorld(stream({ push: { ...push, windows } }));
  await world.bridge().intake(world.put("bucket", "out/a", "content"));
  world.time.now = closes - 5_000;
  t.deepEqual(await world.bridge().drainAll(), [{ result: "closed" }]);
  t.is(world.connections.made, 0);
});

test("how long a file is tried counts from when its window opens: days of waiting don't give it up", async (t) => {
  const sunday = { ...windows, open: [{ days: ["SUN" as const], from: 6 * 60, to: 22 * 60 }] };
  const world = createWorld(stream({ retryForDays: 1, push: { ...push, windows: sunday } }));
  await world.bridge().intake(world.put("bucket", "out/a", "content"));
  const full: Effects = async (name, effect) => {
    if (name.startsWith("remote.write")) throw new RemoteError("full", "disk full");
    return effect();
  };
  world.time.now = opens + 3 * day;
  await world.bridge(full).drainAll();
  t.is(world.entries()[0]?.["state"], "pending");
  world.time.now += 7 * day;
  await world.bridge(full).drainAll();
  t.is(world.entries()[0]?.["state"], "failed");
});

test("a partner that can't be reached gives up only what its window let it try", async (t) => {
  const sunday = { ...windows, open: [{ days: ["SUN" as const], from: 6 * 60, to: 22 * 60 }] };
  const world = createWorld(stream({ retryForDays: 1, push: { ...push, windows: sunday } }));
  await world.bridge().intake(world.put("bucket", "out/a", "content"));
  const connecting = () => {
    throw new RemoteError("unreachable", "nobody is there");
  };
  world.time.now = opens + 3 * day;
  await world.bridge(undefined, undefined, { connecting }).drainAll();
  t.is(world.entries()[0]?.["state"], "pending");
});

test("a tick starts no invocation for partners that are all closed", async (t) => {
  const streams = Array.from({ length: 20 }, (_, i) =>
    stream({
      name: `s${i}`,
      sftp: { ...sftp, host: `partner${i}` },
      push: { ...push, prefix: `${i}/`, windows },
    }),
  );
  const world = createWorld(...streams);
  for (let i = 0; i < 20; i++) await world.bridge().intake(world.put("bucket", `${i}/a`, "x"));
  await tick(world);
  t.deepEqual(world.started, []);
  world.time.now = opens + minute;
  await tick(world);
  t.true(world.started.length > 0);
});

test("an operator is told of the window: what goes by it is queued, what needs the partner at once is refused, and status shows it", async (t) => {
  const world = createWorld(stream({ push: { ...push, windows }, pull: { ...pull, windows } }));
  world.put("bucket", "out/a", "content");
  const sending = await ask(world, { action: "send", stream: "acme", path: "a" });
  t.deepEqual(results(sending), ["a: queued"]);
  t.regex(
    JSON.stringify(sending),
    /outside of its windows \(push\.windows, Europe\/Berlin\).*open at 2026-01-01T05:00/,
  );
  for (const request of [
    { action: "fetch", stream: "acme", path: "a.csv" },
    { action: "list", stream: "acme", direction: "pull" },
    { action: "replay", stream: "acme", direction: "pull", prefix: "" },
  ]) {
    const refused = await ask(world, request);
    t.like(refused, { ok: false, error: { kind: "closed" } });
    t.regex(JSON.stringify(refused), /Nothing was done: pull of acme is outside .*2026-01-01T05:00:00/);
  }
  const checked = await ask(world, { action: "check" });
  t.like(checked, { ok: true, passed: false });
  t.regex(JSON.stringify(checked), /"push: windows","verdict":"not tried"/);
  t.is(world.connections.made, 0);
  t.like(await ask(world, { action: "status" }), {
    streams: [{ push: { backlog: 1, oldest_seconds: 0, window: { open: false, until: "2026-01-01T05:00:00.000Z" } } }],
  });
  world.time.now = opens + minute;
  t.like(await ask(world, { action: "status" }), {
    streams: [{ push: { oldest_seconds: 60, window: { open: true, until: "2026-01-01T21:00:00.000Z" } } }],
  });
});

test("windows that never open are told as such", async (t) => {
  const everyDay = Array.from({ length: 366 }, (_, i) =>
    new Date(Date.UTC(2028, 0, 1) + i * day).toISOString().slice(5, 10),
  );
  const world = createWorld(stream({ push: { ...push, windows: { ...windows, except: everyDay } } }));
  t.regex(JSON.stringify(await ask(world, { action: "check" })), /within 400 days they don't open: correct them/);
  t.like(await ask(world, { action: "status" }), { streams: [{ push: { window: { open: false, until: null } } }] });
});
