import test from "ava";
import type { SftpConfig } from "../../../lambda/src/config/types.ts";
import { dispatch } from "../../../lambda/src/dispatch.ts";
import { RemoteError } from "../../../lambda/src/sftp/errors.ts";
import { ask } from "../../helpers/ask.ts";
import type { Effects } from "../../helpers/effects.ts";
import { place } from "../../helpers/memory-remote.ts";
import { pull, push, stream } from "../../helpers/streams.ts";
import { createWorld } from "../../helpers/world.ts";

const old = Date.UTC(2025, 11, 1) / 1000;

const down: Effects = async (name, effect) => {
  if (name === "connect") throw new RemoteError("unreachable", "us@partner:22: refused. Is it up?");
  return effect();
};

const rows = (answer: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(
    (answer["files"] as { path: string; would: string; why: string }[]).map(({ path, would, why }) => [
      path,
      `${would}: ${why}`,
    ]),
  );

test("a dry run of a pull says of each file whether the next poll takes it, and why; nothing changes", async (t) => {
  const config = stream({ pull: { ...pull, exclude: ["*.log"] } });
  const world = createWorld(config);
  place(world.disk, "outbox/new", "1", old);
  place(world.disk, "outbox/fresh", "1", world.time.now / 1000);
  place(world.disk, "outbox/a.tmp", "1", old);
  place(world.disk, "outbox/b.log", "1", old);
  const before = JSON.stringify([[...world.items], [...world.disk.files.keys()]]);
  const seen = rows(await ask(world, { action: "dry-run", stream: "acme" }));
  t.is(seen["new"], "move: it is new");
  t.is(seen["fresh"], "move: it is new, once it has held still for 2 s");
  t.regex(seen["a.tmp"] ?? "", /^leave: its name ends like/);
  t.regex(seen["b.log"] ?? "", /^leave: include and exclude/);
  t.is(JSON.stringify([[...world.items], [...world.disk.files.keys()]]), before);
});

test("a listing of a push shows each object with what the journal knows of it", async (t) => {
  const world = createWorld(stream({ push }));
  const bridge = world.bridge();
  await bridge.intake(world.put("bucket", "out/sent", "x"));
  await bridge.drainAll();
  await bridge.intake(world.put("bucket", "out/waiting", "x"));
  world.put("bucket", "out/unknown", "x");
  world.put("bucket", "out/bad/../name", "x");
  world.put("bucket", "out/echo", "x", { synched: "true" });
  const answer = await ask(world, { action: "list", stream: "acme" });
  const seen = rows(answer);
  t.regex(seen["sent"] ?? "", /^leave: already delivered at/);
  t.regex(seen["waiting"] ?? "", /^move: it is due now/);
  t.regex(seen["unknown"] ?? "", /^move: the journal doesn't know of a delivery.*"reconcile"/);
  t.regex(seen["bad/../name"] ?? "", /^leave: .*would leave its directory/);
  t.regex(seen["echo"] ?? "", /^leave: it came from this partner/);
  t.is(answer["would_move"], 2);
});

test("history tells when a file went, where to and with which checksum, by path, key or URL", async (t) => {
  const world = createWorld(stream({ push, pull }));
  const bridge = world.bridge();
  for (let n = 0; n < 25; n++) {
    await bridge.intake(world.put("bucket", "out/x/a#b", String(n)));
    await bridge.drainAll();
  }
  for (const path of ["x/a#b", "out/x/a#b", "bucket/out/x/a#b", "s3://bucket/out/x/a#b", "inbox/x/a#b"]) {
    const answer = await ask(world, { action: "history", stream: "acme", path });
    const [file] = answer["files"] as { deliveries: { at: string; sha256: string; destination: string }[] }[];
    t.is(file?.deliveries.length, 25, path);
    t.deepEqual(
      file?.deliveries.map(({ at }) => at),
      [...(file?.deliveries.map(({ at }) => at) ?? [])].sort(),
    );
    t.like(file?.deliveries[0], { destination: "inbox/x/a#b" });
  }
  t.is(((await ask(world, { action: "history", stream: "acme", path: "x/" }))["files"] as unknown[]).length, 1);
  t.like(await ask(world, { action: "history", stream: "acme", path: "nothing" }), { ok: true, found: false });
});

test("status tells last poll, last transfer, backlog, oldest age and last error", async (t) => {
  const world = createWorld(stream({ push, pull }));
  place(world.disk, "outbox/a", "1", old);
  const asked = new Date(world.time.now).toISOString();
  await dispatch(world.bridge().invocation, { action: "poll", streams: ["acme"] });
  const polled = new Date(world.time.now).toISOString();
  world.time.now += 60_000;
  await world.bridge().intake(world.put("bucket", "out/b", "x"));
  await world
    .bridge(async (name, effect) => {
      if (name === "remote.write") throw new RemoteError("full", "the disk is full");
      return effect();
    })
    .drainAll();
  world.time.now += 30_000;
  const { streams } = (await ask(world, { action: "status" })) as unknown as { streams: Record<string, unknown>[] };
  t.like(streams[0], {
    stream: "acme",
    state: "failing",
    last_poll: asked,
    last_poll_error: null,
    push: {
      backlog: 1,
      failed: 0,
      oldest_seconds: 32,
      oldest_path: "b",
      last_transfer: null,
      last_transfer_files: null,
    },
    pull: {
      backlog: 0,
      failed: 0,
      oldest_seconds: null,
      oldest_path: null,
      last_transfer: polled,
      last_transfer_files: 1,
    },
  });
  t.regex(String(streams[0]?.["last_error"]), /b: the disk is full/);
});

test("status while the partner is down says so without asking it", async (t) => {
  const world = createWorld(stream({ push, pull }));
  await world.bridge().intake(world.put("bucket", "out/b", "x"));
  await dispatch(world.bridge(down).invocation, { action: "tick" });
  const { streams } = (await ask(world, { action: "status", stream: "acme" }, down)) as unknown as {
    streams: Record<string, unknown>[];
  };
  t.like(streams[0], { state: "paused", last_error: "us@partner:22: refused. Is it up?", connections_in_use: 0 });
  t.is(streams[0]?.["next_attempt"], new Date(world.time.now + 60_000).toISOString());
});

test("a check tries every step, and leaves nothing behind", async (t) => {
  const world = createWorld(stream({ push, pull }));
  world.put("bucket", "out/a", "x");
  world.disk.directories.add("outbox");
  const before = [...world.disk.files.keys()];
  const answer = (await ask(world, { action: "check" })) as unknown as {
    passed: boolean;
    streams: { steps: { step: string; verdict: string }[] }[];
  };
  t.true(answer.passed, JSON.stringify(answer));
  t.deepEqual(
    answer.streams[0]?.steps.map(({ step }) => step),
    [
      "name resolution",
      "free connection",
      "secrets",
      "greeting of the server",
      "SFTP session",
      "push: write a probe file",
      "push: rename it",
      "push: delete it",
      "pull: listing",
      "pull: .done",
      "push: list the bucket",
      "push: read an object",
      "pull: write to the bucket",
    ],
  );
  t.deepEqual([...world.disk.files.keys()], before);
  t.false(world.disk.directories.has("outbox/.done"));
  t.is(world.buckets.uploads.size, 0);
  t.is(world.buckets.objects.size, 1);
});

test("a check of a partner behind a proxy looks up the proxy, and names it as a step of its own", async (t) => {
  const behind = (change: Partial<SftpConfig>) => {
    const given = stream({ push });
    const via = { type: "socks5", host: "proxy", port: 1080, hostKeys: [] } as const;
    return { ...given, sftp: { ...given.sftp, via, ...change } };
  };
  const steps = async (change: Partial<SftpConfig>, effects?: Effects) => {
    const answer = (await ask(createWorld(behind(change)), { action: "check" }, effects)) as unknown as {
      streams: { steps: { step: string }[] }[];
    };
    return answer.streams[0]?.steps.map(({ step }) => step) ?? [];
  };
  t.deepEqual((await steps({})).slice(0, 2), ["name resolution of the proxy or jump host", "free connection"]);
  const both = (await steps({ allowedAddresses: ["192.0.2.0/24"] }, down)).slice(0, 5);
  t.deepEqual(both.slice(0, 3), ["name resolution of the proxy or jump host", "name resolution", "free connection"]);
  t.true((await steps({}, down)).includes("proxy or jump host"));
});

test("a check names the step that fails, says why, and goes on with what doesn't depend on it", async (t) => {
  const world = createWorld(stream({ push }));
  world.put("bucket", "out/a", "x");
  const steps = async (effects: Effects) => {
    const answer = (await ask(world, { action: "check", stream: "acme" }, effects)) as unknown as {
      ok: boolean;
      passed: boolean;
      streams: { steps: { step: string; verdict: string; detail: string }[] }[];
    };
    t.true(answer.ok);
    t.false(answer.passed);
    return Object.fromEntries(
      (answer.streams[0]?.steps ?? []).map(({ step, verdict, detail }) => [step, `${verdict}: ${detail}`]),
    );
  };
  const failing =
    (effect: string, error: Error): Effects =>
    async (name, act) => {
      if (name === effect) throw error;
      return act();
    };
  const unreachable = await steps(down);
  t.regex(unreachable["secrets"] ?? "", /^failed: us@partner:22: refused/);
  t.regex(unreachable["log-in"] ?? "", /^not tried/);
  t.regex(unreachable["push: list the bucket"] ?? "", /^ok/);

  const readOnly = await steps(failing("remote.openWrite", new RemoteError("permission", "may not write there")));
  t.regex(readOnly["push: write a probe file"] ?? "", /^failed: may not write there/);
  t.regex(readOnly["push: delete it"] ?? "", /^not tried/);

  const noRename = await steps(failing("remote.publish", new RemoteError("unsupported", "no rename")));
  t.regex(noRename["push: rename it"] ?? "", /^failed: no rename/);
  t.deepEqual([...world.disk.files.keys()], [], "the probe file was removed all the same");

  const noKey = await steps(failing("objects.get", Object.assign(new Error("kms:Decrypt"), { name: "AccessDenied" })));
  t.regex(noKey["push: read an object"] ?? "", /AccessDenied: kms:Decrypt.*kms_key_arn/);
  t.is(world.connections.open, 0);
});

test("of a stream with both sides, the push is listed first, and the answer goes on with the pull", async (t) => {
  const world = createWorld(stream({ push, pull }));
  world.put("bucket", "out/a", "x");
  place(world.disk, "outbox/b", "1", old);
  const first = await ask(world, { action: "list", stream: "acme" });
  t.deepEqual(
    (first["files"] as { direction: string; path: string }[]).map(({ direction, path }) => [direction, path]),
    [["push", "a"]],
  );
  const second = await ask(world, { action: "list", stream: "acme", next: first.next });
  t.deepEqual(
    (second["files"] as { direction: string; path: string }[]).map(({ direction, path }) => [direction, path]),
    [["pull", "b"]],
  );
  t.is(second.next, undefined);
  t.is((await ask(world, { action: "list", stream: "acme", direction: "pull" })).next, undefined);
});
