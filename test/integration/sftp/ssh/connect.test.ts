import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import test, { type ExecutionContext } from "ava";
import type { SftpConfig } from "../../../../lambda/src/config/types.ts";
import { openRemote } from "../../../../lambda/src/sftp/open.ts";
import { adversary, recordingLog, remoteErrorOf } from "../../../helpers/sftp/connected.ts";
import { makeKey } from "../../../helpers/sftp/keys.ts";
import { freePort } from "../../../stack/temporary.ts";

const password = { password: "secret" };
const [hostEd25519, hostEcdsa] = [makeKey("ed25519"), makeKey("ecdsa")];

/** A server that is none: does this with each connection. */
const rawServer = async (t: ExecutionContext, serve: (socket: Socket) => void): Promise<SftpConfig> => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    serve(socket);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { ...base, port: (server.address() as { port: number }).port };
};
const base: SftpConfig = {
  host: "127.0.0.1",
  port: 1,
  username: "us",
  hostKeys: [hostEd25519.publicLine],
  insecureIgnoreHostKey: false,
  maxConnections: 1,
  connectTimeoutSeconds: 30,
  operationTimeoutSeconds: 30,
  options: {},
};
const succeed = async (
  t: ExecutionContext,
  config: SftpConfig,
  credentials: Parameters<typeof openRemote>[1] = password,
) => {
  const remote = await openRemote(config, credentials);
  t.is((await remote.stat("/"))?.kind, "directory");
  await remote.close();
};

test("a password logs in, behind a greeting and a banner", async (t) => {
  const server = await adversary(t, { greeting: "Welcome", banner: "Authorised use only" });
  const log = recordingLog();
  const remote = await openRemote(server.config, password, { log });
  t.is(remote.partner, `us@127.0.0.1:${server.config.port}`);
  t.true(log.lines.includes("debug: Banner of the server"));
  await remote.close();
});

test("a private key logs in", async (t) => {
  const key = makeKey("ed25519", { passphrase: "phrase" });
  const server = await adversary(t, { publicKey: key.publicKey });
  await succeed(t, server.config, { privateKey: key.privateKey, passphrase: "phrase" });
});

test("a server that wants key and password gets both", async (t) => {
  const key = makeKey("ed25519");
  const server = await adversary(t, { publicKey: key.publicKey, both: true });
  await succeed(t, server.config, { privateKey: key.privateKey, password: "secret" });
});

test("a server that takes keyboard-interactive only is answered with the password", async (t) => {
  const server = await adversary(t, { prompts: [{ prompt: "Password: ", echo: false }] });
  await succeed(t, server.config);
  const error = await remoteErrorOf(t, "authentication", openRemote(server.config, { password: "wrong-one" }));
  t.regex(error.message, /log-in refused: tried the password; it takes keyboard-interactive/);
});

test.serial("a server that wants a one-time code is refused at once, and says so", async (t) => {
  const server = await adversary(t, { prompts: [{ prompt: "Verification code: ", echo: false }] });
  const started = performance.now();
  const error = await remoteErrorOf(t, "authentication", openRemote(server.config, password));
  t.regex(error.message, /Verification code/);
  t.true(performance.now() - started < 20_000, "without waiting for the deadline");
});

test("a wrong password names what the server takes, and no secret", async (t) => {
  const server = await adversary(t, { banner: "you typed wrong-secret" });
  const error = await remoteErrorOf(t, "authentication", openRemote(server.config, { password: "wrong-secret" }));
  t.regex(error.message, /us@127\.0\.0\.1:\d+: log-in refused: tried the password; it takes password/);
  t.false(JSON.stringify([error.message, error.stack, String(error.cause)]).includes("wrong-secret"));
});

test("a server that repeats the password doesn't get it into the error", async (t) => {
  const server = await adversary(t, { prompts: [{ prompt: "Not hunter-22 again? ", echo: true }] });
  const error = await remoteErrorOf(t, "authentication", openRemote(server.config, { password: "hunter-22" }));
  t.regex(error.message, /"Not \*\*\* again\?"/);
});

test("a key that the partner doesn't know is refused", async (t) => {
  const server = await adversary(t, { publicKey: makeKey("ed25519").publicKey });
  const error = await remoteErrorOf(
    t,
    "authentication",
    openRemote(server.config, { privateKey: makeKey("ed25519").privateKey }),
  );
  t.regex(error.message, /tried the private key; it takes publickey.*our public key/);
});

test("a host key that isn't pinned is refused with both fingerprints, and no credential is sent", async (t) => {
  const server = await adversary(t, { hostKeys: [hostEd25519.privateKey] });
  const pinned = makeKey("ed25519");
  const error = await remoteErrorOf(
    t,
    "host-key",
    openRemote({ ...server.config, hostKeys: [pinned.publicLine] }, password),
  );
  t.true(error.message.includes(pinned.fingerprint));
  t.true(error.message.includes(server.config.hostKeys[0] ?? ""));
  t.true(error.message.includes("ssh-ed25519"));
});

test("no pinned key is refused, unless the stream says that it doesn't matter", async (t) => {
  const server = await adversary(t);
  await remoteErrorOf(t, "host-key", openRemote({ ...server.config, hostKeys: [] }, password));
  await succeed(t, { ...server.config, hostKeys: [], insecureIgnoreHostKey: true });
  await remoteErrorOf(
    t,
    "host-key",
    openRemote({ ...server.config, hostKeys: [makeKey("rsa").fingerprint], insecureIgnoreHostKey: true }, password),
  );
});

test("of a server's several keys, the pinned one is asked for", async (t) => {
  const server = await adversary(t, { hostKeys: [hostEd25519.privateKey, hostEcdsa.privateKey] });
  for (const key of [hostEd25519, hostEcdsa]) {
    await succeed(t, { ...server.config, hostKeys: [`example ${key.publicLine}`] });
  }
  t.is(server.sessions.all, 2, "one connection each");
});

test("a pinned fingerprint of the server's second key is found, and asked for first the next time", async (t) => {
  const server = await adversary(t, { hostKeys: [hostEd25519.privateKey, hostEcdsa.privateKey] });
  const config = { ...server.config, hostKeys: [server.config.hostKeys[1] ?? ""] };
  await succeed(t, config);
  const before = server.sessions.all;
  t.is(before, 2);
  await succeed(t, config);
  t.is(server.sessions.all - before, 1);
});

test("when none of a server's keys is pinned, all are shown", async (t) => {
  const server = await adversary(t, { hostKeys: [hostEd25519.privateKey, hostEcdsa.privateKey] });
  const error = await remoteErrorOf(
    t,
    "host-key",
    openRemote({ ...server.config, hostKeys: [makeKey("rsa").fingerprint] }, password),
  );
  for (const fingerprint of server.config.hostKeys) t.true(error.message.includes(fingerprint));
});

test("a closed port is unreachable, with what to check", async (t) => {
  const error = await remoteErrorOf(t, "unreachable", openRemote({ ...base, port: await freePort() }, password));
  t.regex(error.message, /connection was refused.*Check host, port/);
});

test("a name that doesn't resolve is unreachable", async (t) => {
  const error = await remoteErrorOf(t, "unreachable", openRemote({ ...base, host: "no-such-host.invalid" }, password));
  t.regex(error.message, /host name/);
});

test.serial("a server that says nothing times out within the connect deadline", async (t) => {
  const config = { ...(await rawServer(t, () => {})), connectTimeoutSeconds: 1 };
  const error = await remoteErrorOf(t, "connect-timeout", openRemote(config, password));
  t.regex(error.message, /not connected within 1 s: connected, but the server sent no SSH greeting/);
});

test.serial("a server that stops after its greeting times out in the key exchange", async (t) => {
  const config = {
    ...(await rawServer(t, (socket) => socket.write("SSH-2.0-Silent\r\n"))),
    connectTimeoutSeconds: 3,
  };
  t.regex(
    (await remoteErrorOf(t, "connect-timeout", openRemote(config, password))).message,
    /key exchange did not end/,
  );
});

test.serial("a server that never answers the log-in or the session times out", async (t) => {
  const channel = await adversary(t, { channels: 0, channelRefusal: "ignore" });
  const error = await remoteErrorOf(
    t,
    "connect-timeout",
    openRemote({ ...channel.config, connectTimeoutSeconds: 5 }, password),
  );
  t.regex(error.message, /logged in, but the SFTP session did not start/);
});

test("MaxStartups and a connection closed before the greeting are busy", async (t) => {
  const full = await rawServer(t, (socket) => socket.end("Exceeded MaxStartups\r\n"));
  t.regex((await remoteErrorOf(t, "busy", openRemote(full, password))).message, /Exceeded MaxStartups/);
  const penalty = await rawServer(t, (socket) => socket.end("Not allowed at this time\r\n"));
  const { message } = await remoteErrorOf(t, "busy", openRemote(penalty, password));
  t.regex(message, /"Not allowed at this time".*MaxStartups.*PerSourcePenalties/);
  const closing = await rawServer(t, (socket) => socket.end());
  await remoteErrorOf(t, "busy", openRemote(closing, password));
  const resetting = await rawServer(t, (socket) => socket.resetAndDestroy());
  await remoteErrorOf(t, "busy", openRemote(resetting, password));
});

test("too many connections and too many sessions are busy", async (t) => {
  const one = await adversary(t, { connections: 1, refusal: "disconnect" });
  const first = await openRemote(one.config, password);
  const error = await remoteErrorOf(t, "busy", openRemote(one.config, password));
  t.regex(error.message, /busy/);
  await first.close();
  const none = await adversary(t, { channels: 0 });
  await remoteErrorOf(t, "busy", openRemote(none.config, password));
});

test("what is no SSH server is shown", async (t) => {
  const ftp = await rawServer(t, (socket) => socket.end("220 FTP server ready\r\n"));
  t.regex(
    (await remoteErrorOf(t, "handshake", openRemote(ftp, password))).message,
    /no SSH server: it says "220 FTP server ready"/,
  );
});

test("no algorithm in common names both lists and the option", async (t) => {
  const server = await adversary(t, { algorithms: { kex: ["diffie-hellman-group14-sha1"] } });
  const { message } = await remoteErrorOf(t, "handshake", openRemote(server.config, password));
  t.regex(message, /no matching key exchange algorithm; the server offers diffie-hellman-group14-sha1/);
  t.regex(message, /options\.algorithms\.kex/);
  const named = { kex: ["curve25519-sha256"] };
  const both = await remoteErrorOf(
    t,
    "handshake",
    openRemote({ ...server.config, options: { algorithms: named } }, password),
  );
  t.regex(both.message, /we offer curve25519-sha256/);
  await succeed(t, { ...server.config, options: { algorithms: { kex: { append: "diffie-hellman-group14-sha1" } } } });
});

test("an algorithm that doesn't exist is named", async (t) => {
  const server = await adversary(t);
  const options = { algorithms: { cipher: ["rot13"] } };
  const { message } = await remoteErrorOf(t, "handshake", openRemote({ ...server.config, options }, password));
  t.regex(message, /options\.algorithms.*rot13/);
});

test("options can't redirect the connection or switch the host key check off", async (t) => {
  const server = await adversary(t, { hostKeys: [hostEd25519.privateKey] });
  const log = recordingLog();
  const options = {
    host: "192.0.2.1",
    port: 9,
    username: "root",
    password: "x",
    hostVerifier: "no",
    debug: true,
    sock: {},
    keepaliveInterval: 1000,
  };
  const remote = await openRemote({ ...server.config, options }, password, { log });
  await remote.close();
  t.regex(log.lines.join("\n"), /warn: options has host, port, username, password, hostVerifier, debug, sock/);
  await remoteErrorOf(
    t,
    "host-key",
    openRemote({ ...server.config, options, hostKeys: [makeKey("rsa").fingerprint] }, password),
  );
});

test.serial("the caller can give the attempt up", async (t) => {
  const config = await rawServer(t, () => {});
  const controller = new AbortController();
  setTimeout(() => controller.abort(new Error("no time left")), 50);
  await t.throwsAsync(openRemote(config, password, { signal: controller.signal }), { message: "no time left" });
  await t.throwsAsync(openRemote(config, password, { signal: controller.signal }), { message: "no time left" });
});

test("a key that can't be read is refused before anything is sent", async (t) => {
  const error = await remoteErrorOf(
    t,
    "authentication",
    openRemote({ ...base, port: await freePort() }, { privateKey: "junk" }),
  );
  t.regex(error.message, /private key/);
});
