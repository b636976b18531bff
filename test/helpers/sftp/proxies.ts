/** A SOCKS5 and an HTTP proxy as their RFCs have them, each with what can go wrong there. They end with the test. */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import type { ExecutionContext } from "ava";

export interface TestProxy {
  readonly port: number;
  /** What each connection was asked for, as in `name sftp.acme.example:22`. */
  readonly asked: string[];
  /** Ends all connections. */
  readonly cut: () => void;
}

export interface ProxyQuirks {
  /** Where connections go in truth, whatever is asked for. */
  readonly to: { readonly port: number };
  readonly logIn?: { readonly username: string; readonly password: string };
  /** In place of the connection: a SOCKS5 reply's code, or an HTTP status line with its headers. */
  readonly refuse?: number | string;
  /** Sends each byte of its replies by itself. */
  readonly inPieces?: boolean;
  /** Keeps the last reply back until the target has said something, and sends both as one. */
  readonly glued?: boolean;
}

const listen = async (
  t: ExecutionContext,
  serve: (socket: Socket) => Promise<void>,
): Promise<[number, Set<Socket>]> => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    serve(socket).catch(() => socket.destroy());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return [(server.address() as { port: number }).port, sockets];
};

/** Exactly so many bytes of a socket. */
const take = async (socket: Socket, bytes: number): Promise<Buffer> => {
  for (;;) {
    const chunk = socket.read(bytes) as Buffer | null;
    if (chunk !== null && chunk.length === bytes) return chunk;
    if (socket.readableEnded || socket.destroyed) throw new Error("ended");
    await once(socket, "readable");
  }
};

const say = async (socket: Socket, bytes: Buffer, inPieces = false): Promise<void> => {
  if (!inPieces) return void socket.write(bytes);
  for (const byte of bytes) {
    socket.write(Buffer.of(byte));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
};

const passOn = async (socket: Socket, reply: Buffer, { to, inPieces, glued }: ProxyQuirks): Promise<void> => {
  const target = connect({ host: "127.0.0.1", port: to.port, noDelay: true });
  target.on("error", () => socket.destroy());
  socket.on("close", () => target.destroy());
  target.on("close", () => socket.end());
  await once(target, "connect");
  if (glued) socket.write(Buffer.concat([reply, ...(await once(target, "data"))]));
  else await say(socket, reply, inPieces);
  socket.pipe(target);
  target.pipe(socket);
};

/** RFC 1928 and 1929. */
export const socks5Proxy = async (t: ExecutionContext, quirks: ProxyQuirks): Promise<TestProxy> => {
  const asked: string[] = [];
  const { logIn, refuse, inPieces } = quirks;
  const [port, sockets] = await listen(t, async (socket) => {
    const [version, count = 0] = await take(socket, 2);
    if (version !== 5) throw new Error("not SOCKS5");
    const methods = [...(await take(socket, count))];
    const method = logIn === undefined ? 0 : 2;
    await say(socket, Buffer.of(5, methods.includes(method) ? method : 0xff), inPieces);
    if (!methods.includes(method)) return void socket.end();
    if (logIn !== undefined) {
      await take(socket, 1);
      const [length = 0] = await take(socket, 1);
      const username = (await take(socket, length)).toString();
      const [passwordLength = 0] = await take(socket, 1);
      const password = (await take(socket, passwordLength)).toString();
      const isRight = username === logIn.username && password === logIn.password;
      await say(socket, Buffer.of(1, isRight ? 0 : 1), inPieces);
      if (!isRight) return void socket.end();
    }
    const [, command, , kind] = await take(socket, 4);
    if (command !== 1) throw new Error("not CONNECT");
    const length = kind === 3 ? ((await take(socket, 1))[0] ?? 0) : kind === 4 ? 16 : 4;
    const address = await take(socket, length);
    const shown =
      kind === 3 ? `name ${address}` : kind === 4 ? `IPv6 ${address.toString("hex")}` : `IPv4 ${address.join(".")}`;
    asked.push(`${shown}:${(await take(socket, 2)).readUInt16BE()}`);
    if (typeof refuse === "number") return void socket.end(Buffer.of(5, refuse, 0, 1, 0, 0, 0, 0, 0, 0));
    // The bound address may be a name as well.
    await passOn(socket, Buffer.concat([Buffer.of(5, 0, 0, 3, 5), Buffer.from("bound"), Buffer.of(0, 22)]), quirks);
  });
  return { port, asked, cut: () => sockets.forEach((socket) => void socket.destroy()) };
};

/** RFC 9110, section 9.3.6, and RFC 7617. */
export const httpProxy = async (t: ExecutionContext, quirks: ProxyQuirks): Promise<TestProxy> => {
  const asked: string[] = [];
  const { logIn, refuse } = quirks;
  const [port, sockets] = await listen(t, async (socket) => {
    let head = "";
    while (!head.endsWith("\r\n\r\n")) head += (await take(socket, 1)).toString("latin1");
    const [, authority] = /^CONNECT (\S+) HTTP\/1\.1\r\n/.exec(head) ?? [];
    if (authority === undefined) return void socket.end("HTTP/1.1 400 Bad Request\r\n\r\n");
    asked.push(authority);
    const [, given] = /^proxy-authorization: basic (\S+)\r$/im.exec(head) ?? [];
    const wanted = logIn && Buffer.from(`${logIn.username}:${logIn.password}`).toString("base64");
    if (given !== wanted)
      return void socket.end(
        'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="proxy"\r\nContent-Length: 0\r\n\r\n',
      );
    if (typeof refuse === "string") return void socket.end(`${refuse}\r\n\r\n`);
    await passOn(socket, Buffer.from("HTTP/1.1 200 Connection established\r\nVia: 1.1 proxy\r\n\r\n"), quirks);
  });
  return { port, asked, cut: () => sockets.forEach((socket) => void socket.destroy()) };
};
