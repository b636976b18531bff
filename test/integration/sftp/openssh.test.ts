import { createHash, randomBytes } from "node:crypto";
import { chmodSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import test, { type ExecutionContext } from "ava";
import fc from "fast-check";
import { type OpenOptions, openRemote } from "../../../lambda/src/sftp/open.ts";
import type { Remote } from "../../../lambda/src/sftp/remote.ts";
import { contentOf, remoteErrorOf, writeWhole } from "../../helpers/sftp/connected.ts";
import { sshdConfig } from "../../helpers/sftp/sshd-config.ts";
import { type Sshd, type SshdOptions, startSshd } from "../../stack/sshd.ts";

const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);

const server = async (t: ExecutionContext, options: SshdOptions = {}): Promise<Sshd> => {
  const sshd = await startSshd(options);
  t.teardown(() => sshd.stop());
  return sshd;
};
const openTo = async (t: ExecutionContext, sshd: Sshd, options: OpenOptions = {}): Promise<Remote> => {
  const remote = await openRemote(sshdConfig(sshd), { privateKey: sshd.key.privateKey }, options);
  t.teardown(() => remote.close());
  return remote;
};
const connected = async (t: ExecutionContext, options: SshdOptions = {}, open: OpenOptions = {}) => {
  const sshd = await server(t, options);
  return { sshd, remote: await openTo(t, sshd, open) };
};

test("a key with a passphrase logs in; a stranger's key, a wrong passphrase and a changed host key don't", async (t) => {
  const sshd = await server(t);
  const { privateKey, passphrase } = sshd.lockedKey;
  await (await openRemote(sshdConfig(sshd), { privateKey, passphrase })).close();
  await remoteErrorOf(t, "authentication", openRemote(sshdConfig(sshd), { privateKey, passphrase: "wrong" }));
  const stranger = await remoteErrorOf(
    t,
    "authentication",
    openRemote(sshdConfig(sshd), { privateKey: sshd.strangerKey.privateKey }),
  );
  t.regex(stranger.message, /tried the private key; it takes publickey/);
  const before = sshd.fingerprint;
  const config = sshdConfig(sshd);
  await sshd.rotateHostKeys();
  const { message } = await remoteErrorOf(t, "host-key", openRemote(config, { privateKey: sshd.key.privateKey }));
  t.true(message.includes(before) && message.includes(sshd.fingerprint));
});

test("the pinned key is negotiated, whichever of the server's it is", async (t) => {
  const sshd = await server(t, { hostKeys: ["ed25519", "rsa", "ecdsa"] });
  for (const pin of [...sshdConfig(sshd).hostKeys, ...sshd.fingerprints]) {
    const remote = await openRemote({ ...sshdConfig(sshd), hostKeys: [pin] }, { privateKey: sshd.key.privateKey });
    await remote.close();
  }
  t.pass();
});

test("what is written is what is read, for any size around the server's chunk", async (t) => {
  const { sshd, remote } = await connected(t);
  const chunk = 255 * 1024;
  let count = 0;
  const sizes = fc.oneof(
    fc
      .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: -2, max: 2 }))
      .map(([n, d]) => Math.max(0, n * chunk + d)),
    fc.integer({ min: 0, max: 3_000_000 }),
  );
  await fc.assert(
    fc.asyncProperty(sizes, fc.integer({ min: 1000, max: 400_000 }), async (size, cut) => {
      const content = randomBytes(size);
      count += 1;
      t.like(await writeWhole(remote, `f${count}`, content, cut), { size, kind: "file" });
      t.true(sshd.files.read(`f${count}`).equals(content));
      const reader = await remote.openRead(`f${count}`, { size });
      t.true((await contentOf(reader)).equals(content));
      t.is((await reader?.restat())?.size, size);
      await reader?.close();
    }),
    { numRuns: 25 },
  );
});

test("a large file over four channels arrives as it left, both ways", async (t) => {
  const { sshd, remote } = await connected(t, {}, { spreadRoundTripMs: 0 });
  const content = randomBytes(40_000_000);
  const hash = createHash("sha256").update(content).digest("hex");
  const writer = await remote.openWrite("large", { mode: "create", size: content.length });
  for (let at = 0; at < content.length; at += 1_000_000) await writer.write(content.subarray(at, at + 1_000_000));
  await writer.flush();
  t.is(writer.acknowledged, content.length);
  t.like(await writer.close(), { size: content.length });
  t.is(createHash("sha256").update(sshd.files.read("large")).digest("hex"), hash);
  const reader = await remote.openRead("large");
  t.true((await contentOf(reader)).equals(content));
  await reader?.close();
  const resumed = await remote.openRead("large");
  t.true((await contentOf(resumed, 33_333_333)).equals(content.subarray(33_333_333)));
});

test("a server that allows one session per connection gets everything over it", async (t) => {
  const { sshd, remote } = await connected(t, { config: { MaxSessions: 1 } }, { spreadRoundTripMs: 0 });
  const content = randomBytes(20_000_000);
  await writeWhole(remote, "large", content, 1_000_000);
  t.true(sshd.files.read("large").equals(content));
  t.true((await contentOf(await remote.openRead("large"))).equals(content));
});

test("create, publish, move and remove do what they say", async (t) => {
  const { sshd, remote } = await connected(t);
  await remote.ensureDirectory("in/deep er/ünï");
  await writeWhole(remote, "in/deep er/ünï/.part", Buffer.from("new"));
  await remoteErrorOf(t, "exists", remote.openWrite("in/deep er/ünï/.part", { mode: "create" }));
  sshd.files.write("in/deep er/ünï/final", "old");
  t.true(await remote.publish("in/deep er/ünï/.part", "in/deep er/ünï/final"));
  t.is(sshd.files.read("in/deep er/ünï/final").toString(), "new");
  t.false(await remote.publish("in/none", "in/final"));
  sshd.files.write("a", "a");
  sshd.files.write("b", "b");
  await remoteErrorOf(t, "exists", remote.move("a", "b"));
  await remoteErrorOf(t, "missing", remote.move("a", "none/b"));
  t.true(await remote.move("a", "c"));
  t.false(await remote.move("a", "d"));
  t.true(await remote.remove("c"));
  t.false(await remote.remove("c"));
  await remoteErrorOf(t, "exists", remote.ensureDirectory("b/x"));
  t.true(
    await remote.removeDirectory("in/deep er/ünï").then(
      () => false,
      () => true,
    ),
    "it isn't empty",
  );
});

test("writing goes on where it stopped", async (t) => {
  const { sshd, remote } = await connected(t);
  const content = randomBytes(1_000_000);
  sshd.files.write("f", content.subarray(0, 600_000));
  const writer = await remote.openWrite("f", { mode: "resume", offset: 500_000 });
  await writer.write(content.subarray(500_000));
  await writer.close();
  t.true(sshd.files.read("f").equals(content));
});

test("20,000 entries are listed, each once", async (t) => {
  const { sshd, remote } = await connected(t);
  sshd.files.mkdir("many");
  const directory = sshd.files.path("many");
  for (let index = 0; index < 20_000; index += 1) writeFileSync(`${directory}/file-${index}`, "");
  const names = new Set<string>();
  for await (const batch of remote.list("many"))
    for (const { name, kind } of batch) if (kind === "file") names.add(name);
  t.is(names.size, 20_000);
});

test("missing permissions are named", async (t) => {
  const { sshd, remote } = await connected(t);
  sshd.files.mkdir("locked");
  sshd.files.write("secret", "x");
  chmodSync(sshd.files.path("locked"), 0o500);
  chmodSync(sshd.files.path("secret"), 0o000);
  t.regex(
    (await remoteErrorOf(t, "permission", remote.ensureDirectory("locked/a"))).message,
    /may not write to "locked"/,
  );
  await remoteErrorOf(t, "permission", remote.openWrite("locked/f", { mode: "create" }));
  await remoteErrorOf(t, "permission", remote.openRead("secret"));
  t.regex(
    (await remoteErrorOf(t, "failure", remote.openWrite(`${"n".repeat(256)}`, { mode: "create" }))).message,
    /more than 255 bytes/,
  );
});

test("a full disk is told as such, although OpenSSH only says Failure", async (t) => {
  const { remote } = await connected(t, { diskBytes: 4 * 1024 * 1024 });
  const error = await remoteErrorOf(t, "full", writeWhole(remote, "f", randomBytes(8 * 1024 * 1024), 500_000));
  t.regex(error.message, /no space is left/);
  t.true(await remote.remove("f"));
  await writeWhole(remote, "g", randomBytes(1_000_000));
});

test("a session that is killed in the middle rejects everything at once", async (t) => {
  const { sshd, remote } = await connected(t);
  sshd.files.write("f", "");
  truncateSync(sshd.files.path("f"), 1_000_000_000);
  const reader = await remote.openRead("f");
  const error = await remoteErrorOf(
    t,
    "lost",
    (async () => {
      for await (const _ of reader?.chunks(0) ?? []) sshd.cut();
    })(),
  );
  t.regex(error.message, /the connection was lost/, "no deadline had to pass");
  t.true(remote.lost.aborted);
});

test("a server that stops answering is given up at the deadline", async (t) => {
  const sshd = await server(t);
  const config = { ...sshdConfig(sshd), operationTimeoutSeconds: 3 };
  const remote = await openRemote(config, { privateKey: sshd.key.privateKey });
  // The session that answers is a child of the one that the server started.
  const pids = sshd.sessions().flatMap((pid) => [pid, ...childrenOf(pid)]);
  for (const pid of pids) process.kill(pid, "SIGSTOP");
  const error = await remoteErrorOf(t, "lost", remote.stat("f"));
  // Whichever it owes first: its limits are asked for beside the first request.
  t.regex(error.message, /no answer within 3 s to: (stat "f"|ask for the limits)/);
  await remote.close();
  for (const pid of pids) process.kill(pid, "SIGKILL");
});

test("old algorithms are reached by options, and named when they aren't", async (t) => {
  const sshd = await server(t, { config: { Ciphers: "aes128-cbc", MACs: "hmac-sha1" } });
  const { privateKey } = sshd.key;
  const { message } = await remoteErrorOf(t, "handshake", openRemote(sshdConfig(sshd), { privateKey }));
  t.regex(message, /no matching C->S cipher; the server offers aes128-cbc.*options\.algorithms\.cipher/);
  const options = { algorithms: { cipher: { append: "aes128-cbc" }, hmac: { append: ["hmac-sha1"] } } };
  const remote = await openRemote({ ...sshdConfig(sshd), options }, { privateKey });
  t.is((await remote.stat(""))?.kind, "directory");
  await remote.close();
});
