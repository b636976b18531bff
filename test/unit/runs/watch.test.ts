import test from "ava";
import type { ExpectedFile } from "../../../lambda/src/config/types.ts";
import { dispatch } from "../../../lambda/src/dispatch.ts";
import { RemoteError } from "../../../lambda/src/sftp/errors.ts";
import type { Effects } from "../../helpers/effects.ts";
import { place } from "../../helpers/memory-remote.ts";
import { makeAuthority } from "../../helpers/sftp/certificates.ts";
import { pull, push, sftp, stream } from "../../helpers/streams.ts";
import { createWorld, type World } from "../../helpers/world.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const old = Date.UTC(2025, 11, 1) / 1000;

const tick = async (world: World, effects?: Effects) => {
  const { invocation, telemetry } = world.bridge(effects);
  await dispatch(invocation, { action: "tick" });
  return {
    gauges: Object.fromEntries(
      telemetry.gauges.map(({ name, stream: of, value }) => [of ? `${of} ${name}` : name, value]),
    ),
    ages: telemetry.records as { direction: string; backlog: number; failed: number; oldestSeconds: number }[],
    lines: telemetry.lines,
  };
};

test("a tick that has seen everything says that it ran; one whose journal fails doesn't", async (t) => {
  const world = createWorld(stream({ push }));
  t.is((await tick(world)).gauges["ticks"], 1);
  const { invocation, telemetry } = world.bridge(async (name, effect) => {
    if (name === "table.scanOpen") throw new Error("throttled");
    return effect();
  });
  await t.throwsAsync(dispatch(invocation, { action: "tick" }));
  t.deepEqual(telemetry.gauges, []);
});

test("an idle stream has no ages at all; one that was open is told as empty once, so that its alarms end", async (t) => {
  const world = createWorld(stream({ push }));
  t.deepEqual((await tick(world)).ages, []);
  const full: Effects = async (name, effect) => {
    if (name === "remote.write") throw new RemoteError("full", "disk full");
    return effect();
  };
  await world.bridge().intake(world.put("bucket", "out/a", "x"));
  world.time.now += 90_000;
  t.like((await tick(world, full)).ages[0], { direction: "push", backlog: 1, oldestSeconds: 90 });
  world.time.now += 5 * minute;
  await world.bridge().drainAll();
  t.deepEqual((await tick(world)).ages, [
    { stream: "acme", direction: "push", oldestSeconds: 0, backlog: 0, failed: 0 } as never,
  ]);
  t.deepEqual((await tick(world)).ages, []);
});

test("the age of the last poll grows from when the stream was first seen, and only a poll that succeeds ends it", async (t) => {
  const world = createWorld(stream({ pull }), stream({ name: "out", push }));
  const { gauges } = await tick(world);
  t.is(gauges["acme last-poll-age"], undefined, "nothing is known of it yet");
  t.false("out last-poll-age" in gauges);
  world.time.now += 10 * minute;
  t.is((await tick(world)).gauges["acme last-poll-age"], 600);
  // A directory that isn't there: the poll fails.
  await dispatch(world.bridge().invocation, { action: "poll", streams: ["acme"] });
  world.time.now += 10 * minute;
  t.is((await tick(world)).gauges["acme last-poll-age"], 1200);
  world.disk.directories.add("outbox");
  await dispatch(world.bridge().invocation, { action: "poll", streams: ["acme"] });
  world.time.now += minute;
  t.is((await tick(world)).gauges["acme last-poll-age"], 60);
});

const expected: ExpectedFile = {
  direction: "pull",
  match: "*.csv",
  count: 1,
  by: "07:30",
  days: ["MON", "TUE", "WED", "THU", "FRI"],
  except: [],
  timeZone: "Europe/Berlin",
  withinHours: 24,
};

/** Fetches a file at this moment. */
const arrives = async (world: World, name: string, at: string) => {
  world.time.now = Date.parse(at);
  place(world.disk, `outbox/${name}`, "1", old);
  await dispatch(world.bridge().invocation, { action: "poll", streams: ["acme"] });
};

const missingAt = async (world: World, at: string) => {
  world.time.now = Date.parse(at);
  return (await tick(world)).gauges["acme expected-files-missing"];
};

// 2026-01-14 is a Wednesday.
test("a file that is expected by 07:30 in Berlin is missed from then on, until it comes", async (t) => {
  const world = createWorld(stream({ pull, expected: [expected] }));
  t.is(await missingAt(world, "2026-01-13T12:00:00Z"), 0, "what was due before anybody watched isn't missed");
  t.is(await missingAt(world, "2026-01-14T06:29:00Z"), 0);
  t.is(await missingAt(world, "2026-01-14T06:31:00Z"), 1);
  await arrives(world, "other.txt", "2026-01-14T08:00:00Z");
  t.is(await missingAt(world, "2026-01-14T08:01:00Z"), 1, "that was another file");
  await arrives(world, "late.csv", "2026-01-14T09:00:00Z");
  t.is(await missingAt(world, "2026-01-14T09:01:00Z"), 0);
  t.is(await missingAt(world, "2026-01-15T06:31:00Z"), 0, "within the 24 hours before, a file came");
  t.is(await missingAt(world, "2026-01-16T06:31:00Z"), 1);
});

test("on a weekend nothing is missed, and Friday's stays missed", async (t) => {
  const world = createWorld(stream({ pull, expected: [expected] }));
  await missingAt(world, "2026-01-15T12:00:00Z");
  await arrives(world, "a.csv", "2026-01-16T05:00:00Z");
  for (const at of ["2026-01-16T12:00:00Z", "2026-01-17T12:00:00Z", "2026-01-18T23:00:00Z"])
    t.is(await missingAt(world, at), 0);
  t.is(await missingAt(world, "2026-01-19T06:31:00Z"), 1);
});

test("several files, of which all have to come, also in one run", async (t) => {
  const world = createWorld(stream({ pull, expected: [{ ...expected, count: 3 }] }));
  await missingAt(world, "2026-01-13T12:00:00Z");
  await arrives(world, "a.csv", "2026-01-14T05:00:00Z");
  t.is(await missingAt(world, "2026-01-14T06:31:00Z"), 1);
  place(world.disk, "outbox/b.csv", "1", old);
  await arrives(world, "c.csv", "2026-01-14T07:00:00Z");
  t.is(await missingAt(world, "2026-01-14T07:01:00Z"), 0);
});

test("the check says that it ran, and that is missing where it fails", async (t) => {
  const good = createWorld(stream({ pull, expected: [expected] }));
  t.is((await tick(good)).gauges["expectation-checks"], 1);
  const bad = createWorld(stream({ pull, expected: [{ ...expected, timeZone: "Mars/Olympus" }] }));
  await tick(bad);
  bad.time.now += day;
  const { gauges, lines } = await tick(bad);
  t.is(gauges["expectation-checks"], undefined);
  t.is(gauges["ticks"], 1);
  t.true(
    lines.some(({ level, message }) => level === "error" && message.startsWith("Nobody looks for expected files")),
  );
});

test("a side whose files are counted says each minute that there was none, so that a window without any has data", async (t) => {
  const { gauges } = await tick(createWorld(stream({ push, pull, counts: ["push"] }), stream({ name: "other", push })));
  t.is(gauges["acme s3-to-sftp"], 0);
  t.false("acme sftp-to-s3" in gauges);
  t.false("other s3-to-sftp" in gauges);
});

test("each tick says how long a certificate is good for, also of an idle stream; one that can't be read is its stream's error", async (t) => {
  const certified = { ...sftp, certificate: { secretArn: "arn" } };
  const world = createWorld(
    stream({ push, sftp: certified }),
    stream({ name: "out", push, sftp: { ...sftp, host: "other" } }),
  );
  const { sign, publicLine } = makeAuthority();
  world.secrets.set("arn", sign({ publicLine, validity: "20250101000000Z:20251203000000Z" }));
  world.time.now = Date.UTC(2025, 11, 1);
  const { gauges } = await tick(world);
  t.is(gauges["acme certificate-seconds-left"], 2 * 86_400);
  t.false("out certificate-seconds-left" in gauges);
  world.time.now += 3 * day;
  t.is((await tick(world)).gauges["acme certificate-seconds-left"], -86_400);
  world.secrets.set("arn", publicLine);
  const { lines } = await tick(world);
  t.like(lines.at(-1), { level: "error", message: "It isn't known when the certificate expires" });
  t.is(lines.at(-1)?.fields["stream"], "acme");
});

test("each tick tells of the certificate for the jump host too, and of the one when the other can't be read", async (t) => {
  const { sign, publicLine } = makeAuthority();
  const via = {
    type: "ssh",
    host: "jump",
    port: 22,
    hostKeys: ["SHA256:x"],
    privateKey: { secretArn: "key" },
    certificate: { secretArn: "jump" },
  } as const;
  const world = createWorld(
    stream({ push, sftp: { ...sftp, host: "behind", via } }),
    stream({ name: "both", push, sftp: { ...sftp, certificate: { secretArn: "own" }, via } }),
  );
  world.time.now = Date.UTC(2025, 11, 1);
  world.secrets.set("jump", sign({ publicLine, validity: "20250101000000Z:20251203000000Z" }));
  world.secrets.set("own", publicLine);
  const { invocation, telemetry } = world.bridge();
  await dispatch(invocation, { action: "tick" });
  const told = telemetry.gauges.filter(({ name }) => name === "certificate-seconds-left");
  t.deepEqual(
    told.map(({ stream, value }) => [stream, value]),
    [
      ["acme", 2 * 86_400],
      ["both", 2 * 86_400],
    ],
  );
  t.like(telemetry.lines.at(-1), { level: "error", message: "It isn't known when the certificate expires" });
  t.is(telemetry.lines.at(-1)?.fields["stream"], "both");
});
