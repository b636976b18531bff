import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import type ssh2 from "ssh2";
import type { RemoteError } from "../../../../lambda/src/sftp/errors.ts";
import { openRemote } from "../../../../lambda/src/sftp/open.ts";
import { adversary, remoteErrorOf } from "../../../helpers/sftp/connected.ts";
import { storedFile } from "../../../helpers/sftp/files.ts";
import { type LogInQuirks, logInServer, rawServer } from "../../../helpers/sftp/log-in-server.ts";

const password = { password: "a-password" };
const connectTo = (t: ExecutionContext, kind: RemoteError["kind"], config: Parameters<typeof openRemote>[0]) =>
  remoteErrorOf(t, kind, openRemote({ ...config, connectTimeoutSeconds: 10 }, password));

const subsystem = (act: (channel: ssh2.ServerChannel) => void): LogInQuirks => ({
  authenticate: (context) => context.accept(),
  session: (session) => void session.on("subsystem" as never, (accept: () => ssh2.ServerChannel) => act(accept())),
});

for (const [name, text] of [
  ["a line", "This account is monitored.\n"],
  ["a short word", "ok\n"],
  ["a blank line", "\r\nWelcome\r\n"],
  ["text in Latin-1", Buffer.from("\u00c4nderungen beachten\n", "latin1")],
] as const)
  test(`text of a start-up file in front of SFTP is shown, with whose it is: ${name}`, async (t) => {
    const { config } = await logInServer(
      t,
      subsystem((channel) => void channel.write(text)),
    );
    const { message } = await connectTo(t, "unsupported", config);
    t.regex(message, /text came where SFTP should start: "[^"]{2,}"\. A start-up file of the account/);
    t.notRegex(message, /exceeds max length/);
  });

test("a server that offers no SFTP says why, where it does", async (t) => {
  const { config } = await logInServer(
    t,
    subsystem((channel) => {
      channel.stderr.write("This user may use FTPS only\n");
      channel.exit(254);
      channel.end();
    }),
  );
  const { message } = await connectTo(t, "unsupported", config);
  t.regex(message, /no SFTP: Received exit code 254.*the server says "This user may use FTPS only"/);
});

test("an identification that names no software, or an SSH that is too old, is told as such", async (t) => {
  for (const line of ["SSH-2.0-\r\n", "SSH-2.0- \r\n", "SSH-2.0\r\n"]) {
    const config = await rawServer(t, (socket) => void socket.write(line));
    const { message } = await connectTo(t, "handshake", config);
    t.regex(message, /identification is "SSH-2\.0-?", which names no software.*The partner has to correct/);
  }
  const old = await rawServer(t, (socket) => void socket.write("SSH-1.5-OldServer\r\n"));
  t.regex((await connectTo(t, "handshake", old)).message, /speaks SSH 1 only \("SSH-1\.5-OldServer"\)/);
});

test("a greeting and an identification in many pieces are put together", async (t) => {
  const server = await adversary(t, { greeting: "Authorised use only", ident: "OpenSSH_9.9" });
  const relay = await rawServer(t, (socket) => {
    const upstream = connect(server.config.port, "127.0.0.1");
    socket.on("data", (chunk) => upstream.write(chunk));
    socket.on("close", () => upstream.destroy());
    let passed = 0;
    let queue = Promise.resolve();
    const pass = async (chunk: Buffer) => {
      for (let at = 0; at < chunk.length; ) {
        // The first hundred bytes one by one.
        const end = passed < 100 ? at + 1 : chunk.length;
        socket.write(chunk.subarray(at, end));
        passed += end - at;
        at = end;
        if (passed <= 100) await sleep(2);
      }
    };
    upstream.on("data", (chunk) => {
      queue = queue.then(() => pass(chunk));
    });
  });
  const remote = await openRemote({ ...server.config, port: relay.port }, { password: "secret" });
  t.is((await remote.stat("/"))?.kind, "directory");
  await remote.close();
});

test("many lines of greeting do no harm, and the software is known behind them", async (t) => {
  const server = await adversary(t, {
    greeting: Array(300).fill("Authorised use only").join("\r\n"),
    ident: "OpenSSH_9.9",
  });
  const seen: (string | undefined)[] = [];
  const remote = await openRemote(server.config, { password: "secret" }, { reached: (_, what) => seen.push(what) });
  await remote.close();
  t.true(seen.includes("SSH-2.0-OpenSSH_9.9"));
});

test("a greeting without end comes to an end, in each of its forms", async (t) => {
  const started = performance.now();
  for (const [piece, message] of [
    [`${"again\r\n".repeat(20)}`, /more than 64 KB/],
    ["x".repeat(1000), /more than 64 KB/],
    [`${"again\r\n".repeat(1500)}SSH-2.0-late\r\n`, /more than 1,024 lines/],
    [`half\rway\r\nSSH-2.0-late\r\n`, /carriage return inside a line/],
    [`${"x".repeat(9000)}\r\nSSH-2.0-late\r\n`, /a line of more than 8 KB/],
  ] as const) {
    const config = await rawServer(t, (socket) => {
      let sent = 0;
      const timer = setInterval(() => {
        for (let now = 0; now < 50; now += 1) socket.write(piece);
        sent += 50;
        if (sent >= 5000 || socket.destroyed) clearInterval(timer);
      }, 1);
    });
    t.regex((await connectTo(t, "handshake", config)).message, message);
  }
  t.true(performance.now() - started < 30_000, "without waiting for the deadline");
});

test("a server that answers no keep-alive is kept as long as it sends anything, and dropped with its own words then", async (t) => {
  const { config } = await logInServer(t, {
    client: (client) => {
      // ssh2's server answers them by itself.
      const { _protocol: protocol } = client as unknown as {
        _protocol: { ping(): void; _handlers: { GLOBAL_REQUEST: () => void } };
      };
      protocol._handlers.GLOBAL_REQUEST = () => {};
      // Something on the line now and then, as while a slow file is read.
      let left = 20;
      const ping = setInterval(() => {
        if (left-- > 0) protocol.ping();
      }, 50);
      client.on("close", () => clearInterval(ping));
    },
  });
  const options = { keepaliveInterval: 100, keepaliveCountMax: 3 };
  const remote = await openRemote({ ...config, options }, { password: "secret" });
  const lostAfter = new Promise<number>((resolve) => {
    const from = performance.now();
    remote.lost.addEventListener("abort", () => resolve(performance.now() - from));
  });
  t.true((await lostAfter) >= 900, "while something came, it was kept");
  const { message } = remote.lost.reason as RemoteError;
  t.regex(message, /nothing came for 0\.[0-9]+ s, and none of 3 keep-alives was answered/);
});

test("keepaliveInterval = 0 watches nothing", async (t) => {
  const server = await adversary(t);
  server.files.set("/f", storedFile(Buffer.from("x")));
  const remote = await openRemote({ ...server.config, options: { keepaliveInterval: 0 } }, { password: "secret" });
  await sleep(200);
  t.is((await remote.stat("/f"))?.size, 1);
  await remote.close();
});
