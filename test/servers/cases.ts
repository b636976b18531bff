/** What every server has to be able to do with the bridge. Each case works in a folder of its own. */
import { createHash, randomBytes } from "node:crypto";
import type { ExecutionContext } from "ava";
import { RemoteError } from "../../lambda/src/sftp/errors.ts";
import { openRemote } from "../../lambda/src/sftp/open.ts";
import { connect } from "../../lambda/src/sftp/ssh/connect.ts";
import { createTraits, type Traits } from "../../lambda/src/traits/traits.ts";
import { makeKey } from "../helpers/sftp/keys.ts";
import { type BridgeOptions, createBridge, type TestBridge } from "./bridge.ts";
import type { StreamStates } from "./facts.ts";
import { fewestRoundTrips, startCountingLine } from "./round-trips.ts";
import { sftpConfigOf, type TestedServer } from "./server.ts";

export interface Case {
  readonly title: string;
  readonly run: (t: ExecutionContext, server: TestedServer, facts: StreamStates) => Promise<void>;
}

const mebibyte = 1024 * 1024;
const longName = `${"n".repeat(241)}-änderung.csv`; // 255 bytes
const names = ["a.txt", "sub folder/deep/b #1%+&'.txt", "ünïcödé/日本語-é.txt", "🚚.txt", "-dash", longName];
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const contentOf = (name: string) => Buffer.from(`content of ${name}\n`);

const delivered = (t: ExecutionContext, bridge: TestBridge): void => {
  const errors = bridge.telemetry.lines.filter(({ level }) => level === "error");
  const why = JSON.stringify(errors.map(({ message, fields }) => `${message}: ${fields["error"]}`));
  for (const entry of bridge.entries())
    t.is(entry.state, "delivered", `${entry.path}: ${entry.last_error?.message}; ${why}`);
};

const withPull = (settings: BridgeOptions, pull: BridgeOptions["pull"]): BridgeOptions => ({
  ...settings,
  pull: { ...settings.pull, ...pull },
});
const withSftp = (settings: BridgeOptions, sftp: BridgeOptions["sftp"]): BridgeOptions => ({
  ...settings,
  sftp: { ...settings.sftp, ...sftp },
});

/** A file of some MB, and time that is up after some of it was moved over a slow line. */
const large = randomBytes(8 * mebibyte);
const slow: BridgeOptions = { sizes: { part: mebibyte, quick: 0 } };
const slowRate = mebibyte;
/** By what was moved, and not by the clock: on a busy machine a log-in alone takes seconds. */
const timeUntil = (isMoved: () => boolean) => () => (isMoved() ? 10_000 : 900_000);

const remoteError = async (t: ExecutionContext, bridge: TestBridge, kind: RemoteError["kind"]): Promise<string> => {
  const error = await bridge.connect().then(
    async (remote) => void (await remote.close()),
    (reason: unknown) => reason,
  );
  if (!(error instanceof RemoteError)) throw error ?? new Error(`Should have been refused: ${kind}`);
  t.is(error.kind, kind, error.message);
  return error.message;
};

/** What makes the fast path: more than 8 MiB, several connections, and round trips that are worth several channels. */
const bulky = randomBytes(24 * mebibyte);

const bulkyCase = (roundTrip: number): Case => ({
  title: `push and pull: files of 24 MiB over two connections, round trips of ${roundTrip} ms`,
  async run(t, server, { settings }) {
    const directory = `bulky-${roundTrip}`;
    const options = { ...withSftp(settings, { maxConnections: 2 }), roundTrip };
    const bridge = await createBridge(t, server, directory, options);
    // The second goes as the first one's proof allows.
    for (const name of ["first", "second"]) {
      await bridge.put(name, bulky);
      await bridge.drain();
      delivered(t, bridge);
      t.true((await server.files.read(`${directory}/in/${name}`))?.equals(bulky), `${name}: the same bytes`);
    }
    t.deepEqual(await server.files.list(`${directory}/in`), ["first", "second"]);
    await server.files.write(`${directory}/out/theirs`, bulky);
    await bridge.poll();
    delivered(t, bridge);
    t.true(bridge.pulled("theirs")?.equals(bulky));
    t.regex((await server.files.list(`${directory}/out`)).join(), /^\.done\/\d{14}-theirs$/);
  },
});

export const cases: readonly Case[] = [
  {
    title: "a connection takes no more round trips than the table says",
    async run(t, server, { methods, roundTrips }) {
      const line = await startCountingLine(server.port);
      t.teardown(() => line.stop());
      for (const method of methods) {
        const credentials =
          method === "key" ? { privateKey: server.privateKey ?? "" } : { password: server.password ?? "" };
        const config = sftpConfigOf(server, line.port);
        const learned = createTraits();
        const most = async (traits: () => Traits, wanted: number) => {
          const open = () => openRemote(config, credentials, { traits: traits() });
          const counted = await fewestRoundTrips(line, open, [wanted, wanted + 1]);
          t.true(counted[0] <= wanted && counted[1] <= wanted + 1, `${method}: ${counted} instead of ${wanted}`);
        };
        // Each a first one; what comes after one is a later one.
        await most(createTraits, roundTrips.first);
        await openRemote(config, credentials, { traits: learned }).then((remote) => remote.close());
        await most(() => learned, roundTrips.later);
      }
    },
  },
  {
    title: "push: directories, names, an empty file",
    async run(t, server, { settings }) {
      const bridge = await createBridge(t, server, "push", settings);
      for (const name of names) await bridge.put(name, contentOf(name));
      await bridge.put("empty", "");
      await bridge.drain();
      delivered(t, bridge);
      t.deepEqual(await server.files.list("push/in"), [...names, "empty"].sort());
      for (const name of names) t.deepEqual(await server.files.read(`push/in/${name}`), contentOf(name), name);
      t.is((await server.files.read("push/in/empty"))?.length, 0);
    },
  },
  {
    title: "push: a newer version, and a file of the partner's, are replaced",
    async run(t, server, { settings }) {
      const bridge = await createBridge(t, server, "replace", settings);
      await server.files.write("replace/in/theirs", Buffer.from("what the partner had there, which is longer"));
      for (const content of ["the first version", "second", "a third version that is longer"]) {
        await bridge.put("f", content);
        await bridge.put("theirs", content);
        await bridge.drain();
        delivered(t, bridge);
        for (const name of ["f", "theirs"]) t.is((await server.files.read(`replace/in/${name}`))?.toString(), content);
      }
      t.deepEqual(await server.files.list("replace/in"), ["f", "theirs"], "no temporary file is left");
    },
  },
  {
    title: "push: a large file after the connection was cut",
    async run(t, server, { settings }) {
      const bridge = await createBridge(t, server, "cut", { ...settings, cutAfter: 3 * mebibyte });
      await bridge.put("large", large);
      bridge.relay.setTrouble(1);
      await bridge.drain();
      t.deepEqual(await server.files.read("cut/in/large"), undefined, "nothing is seen of half a file");
      t.not(bridge.entries()[0]?.state, "delivered");
      bridge.relay.setTrouble(0);
      bridge.skip(20 * 60_000);
      await bridge.drain();
      delivered(t, bridge);
      t.is(sha256((await server.files.read("cut/in/large")) ?? Buffer.alloc(0)), sha256(large));
      t.deepEqual(await server.files.list("cut/in"), ["large"]);
    },
  },
  {
    title: "push: a large file goes on in the next run",
    async run(t, server, { settings, resumes }) {
      const bridge = await createBridge(t, server, "goes-on", { ...settings, ...slow });
      await bridge.put("large", large);
      bridge.relay.setRate(slowRate);
      await bridge.drain(timeUntil(() => bridge.relay.carried() > 2 * mebibyte));
      const { progress, state } = bridge.entries()[0] ?? {};
      t.is(state, "pending");
      t.true((progress?.checkpoint ?? 0) > 0, "it knows how far it came");
      bridge.relay.setRate(Number.POSITIVE_INFINITY);
      for (let turn = 0; turn < (resumes ? 1 : 2); turn++) {
        bridge.skip(70_000);
        await bridge.drain();
      }
      delivered(t, bridge);
      t.is(sha256((await server.files.read("goes-on/in/large")) ?? Buffer.alloc(0)), sha256(large));
      t.is(bridge.entries()[0]?.deliveries?.at(-1)?.sha256, sha256(large));
      t.deepEqual(await server.files.list("goes-on/in"), ["large"]);
      // The last of all reads is the one for its checksum, from the beginning.
      if (resumes)
        t.true(
          bridge.traffic.offsets.some((offset) => offset > 0),
          "from where it stopped",
        );
    },
  },
  {
    title: "pull: directories, names, an empty file, and then to .done",
    async run(t, server, { settings }) {
      const bridge = await createBridge(t, server, "move", settings);
      for (const name of names) await server.files.write(`move/out/${name}`, contentOf(name));
      await server.files.write("move/out/empty", Buffer.alloc(0));
      await bridge.poll();
      // An empty file may be one that is about to be written: it has to hold still for longer.
      bridge.skip(31_000);
      await bridge.drain();
      delivered(t, bridge);
      t.deepEqual(bridge.allPulled(), [...names, "empty"].sort());
      for (const name of names) t.deepEqual(bridge.pulled(name), contentOf(name), name);
      t.is(bridge.pulled("empty")?.length, 0);
      const left = await server.files.list("move/out");
      t.is(left.length, names.length + 1);
      for (const path of left) t.regex(path, /(^|\/)\.done\/\d{14}-/);
      await bridge.poll();
      t.is((await server.files.list("move/out")).length, left.length, "nothing more to do");
    },
  },
  {
    title: "pull: deleted after it was fetched",
    async run(t, server, { settings }) {
      const bridge = await createBridge(t, server, "delete", withPull(settings, { after: "delete" }));
      for (const name of names) await server.files.write(`delete/out/${name}`, contentOf(name));
      await bridge.poll();
      delivered(t, bridge);
      t.deepEqual(bridge.allPulled(), [...names].sort());
      t.deepEqual(await server.files.list("delete/out"), []);
    },
  },
  {
    title: "pull: kept where it is, and not fetched again until it changes",
    async run(t, server, { settings }) {
      const bridge = await createBridge(t, server, "keep", withPull(settings, { after: "keep" }));
      for (const name of names) await server.files.write(`keep/out/${name}`, contentOf(name));
      await bridge.poll();
      delivered(t, bridge);
      const attempts = () => bridge.entries().reduce((sum, { deliveries = [] }) => sum + deliveries.length, 0);
      t.is(attempts(), names.length);
      await bridge.poll();
      t.is(attempts(), names.length, "nothing was fetched twice");
      await server.files.write("keep/out/a.txt", Buffer.from("changed, and longer than it was"));
      await bridge.poll();
      delivered(t, bridge);
      t.is(bridge.pulled("a.txt")?.toString(), "changed, and longer than it was");
      t.deepEqual(await server.files.list("keep/out"), [...names].sort());
    },
  },
  {
    title: "pull: a directory of 300 files",
    async run(t, server, { settings }) {
      const bridge = await createBridge(t, server, "many", withPull(settings, { after: "keep" }));
      const many = Array.from({ length: 300 }, (_, index) => `file-${String(index).padStart(3, "0")}.csv`);
      await Promise.all(many.map((name) => server.files.write(`many/out/${name}`, contentOf(name))));
      await bridge.poll();
      delivered(t, bridge);
      t.deepEqual(bridge.allPulled(), many);
      t.deepEqual(bridge.pulled("file-299.csv"), contentOf("file-299.csv"));
    },
  },
  {
    title: "pull: a large file goes on in the next run",
    async run(t, server, { settings }) {
      const bridge = await createBridge(t, server, "fetch", { ...withPull(settings, { after: "delete" }), ...slow });
      await server.files.write("fetch/out/large", large);
      bridge.relay.setRate(slowRate);
      await bridge.poll(timeUntil(() => bridge.traffic.parts.length > 1));
      const before = bridge.traffic.parts.length;
      t.is(bridge.entries()[0]?.state, "pending");
      t.true(before > 0, "some parts were uploaded");
      t.deepEqual(bridge.allPulled(), [], "nothing is seen of half a file");
      bridge.relay.setRate(Number.POSITIVE_INFINITY);
      bridge.skip(60_000);
      await bridge.drain();
      delivered(t, bridge);
      t.is(sha256(bridge.pulled("large") ?? Buffer.alloc(0)), sha256(large));
      t.is(bridge.entries()[0]?.deliveries?.at(-1)?.sha256, sha256(large));
      const parts = bridge.traffic.parts.slice(before);
      t.true(parts.length < large.length / mebibyte, `from where it stopped, not ${parts.length} parts again`);
      t.is(bridge.uploads(), 0);
      t.deepEqual(await server.files.list("fetch/out"), []);
    },
  },
  {
    title: "log-in: with what is right, and not with what is wrong",
    async run(t, server, { methods, settings }) {
      const { privateKey, password } = server;
      t.deepEqual([...(privateKey ? ["key"] : []), ...(password ? ["password"] : [])], [...methods]);
      const { privateKey: stranger } = makeKey("ecdsa");
      const good = [...(privateKey ? [{ privateKey }] : []), ...(password ? [{ password }] : [])];
      for (const credentials of good) {
        const bridge = await createBridge(t, server, "log-in", { ...settings, credentials });
        const remote = await bridge.connect();
        t.is((await remote.stat(""))?.kind, "directory");
        await remote.close();
      }
      const wrong = [{ privateKey: stranger }, { password: "wrong" }];
      for (const credentials of wrong) {
        const bridge = await createBridge(t, server, "log-in", { ...settings, credentials });
        const message = await remoteError(t, bridge, "authentication");
        t.regex(message, /log-in refused/);
        t.false(message.includes("wrong"), "no secret in a message");
      }
    },
  },
  {
    title: "host key: another one than is pinned is refused before the log-in",
    async run(t, server, { settings }) {
      const other = `SHA256:${"A".repeat(43)}`;
      const bridge = await createBridge(t, server, "host-key", withSftp(settings, { hostKeys: [other] }));
      await bridge.put("secret.txt", "for the right partner only");
      await bridge.drain();
      t.is(bridge.entries()[0]?.state, "pending");
      const message = await remoteError(t, bridge, "host-key");
      t.true(message.includes(other) && message.includes(server.fingerprint), "both are in the message");
      t.is(await server.files.read("host-key/in/secret.txt"), undefined);
    },
  },
  {
    title: "connections: never more than max_connections",
    async run(t, server, { settings }) {
      const bridge = await createBridge(t, server, "connections", withSftp(settings, { maxConnections: 2 }));
      for (let index = 0; index < 20; index++) await bridge.put(`f${index}`, `content ${index}`);
      const results = await Promise.all(Array.from({ length: 8 }, () => bridge.drain()));
      t.true(results.some(({ result }) => result === "held"));
      t.true(bridge.relay.connections.most <= 2, `${bridge.relay.connections.most} connections at one time`);
      delivered(t, bridge);
      t.is((await server.files.list("connections/in")).length, 20);
    },
  },
  {
    title: "what the server tells of files, and which extensions it has",
    async run(t, server, { extensions, settings }) {
      await server.files.write("tells/f", Buffer.from("four"));
      const bridge = await createBridge(t, server, "tells", settings);
      const remote = await bridge.connect();
      t.teardown(() => remote.close());
      const first = await remote.stat("tells/f");
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      t.deepEqual(await remote.stat("tells/f"), first, "the same at every look");
      t.deepEqual(await remote.lstat("tells/f"), first);
      t.like(first, { kind: "file", size: 4 });
      t.true(Math.abs(Date.now() / 1000 - (first?.mtime ?? 0)) < 2 * 3600);
      t.is((await remote.stat("tells"))?.kind, "directory");
      t.is(await remote.stat("tells/none"), undefined);
      const listed = [];
      for await (const batch of remote.list("tells")) listed.push(...batch);
      t.deepEqual(listed, [{ name: "f", ...first }]);

      const session = await connect(bridge.sftp, bridge.credentials, {});
      t.teardown(() => void session.client.end());
      const { _extensions: advertised } = session.sftp as unknown as { readonly _extensions: Record<string, string> };
      const known = ["posix-rename@openssh.com", "fsync@openssh.com"];
      t.deepEqual(
        known.filter((name) => name in advertised),
        [...extensions],
      );
    },
  },
  bulkyCase(0),
  bulkyCase(12),
];
