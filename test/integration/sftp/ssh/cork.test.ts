import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import { corkPerTurn } from "../../../../lambda/src/sftp/ssh/cork.ts";

/** A socket, and what its other side has got of it. */
const connected = async (t: ExecutionContext) => {
  const received: Buffer[] = [];
  const server = createServer((socket) => socket.on("data", (chunk) => received.push(chunk))).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => server.close());
  const socket = connect((server.address() as { port: number }).port, "127.0.0.1");
  await once(socket, "connect");
  return { socket, received };
};

test("what is written in one turn is held together and goes out in order; the end loses nothing", async (t) => {
  const { socket, received } = await connected(t);
  corkPerTurn(socket);
  for (const part of ["a", "b", "c"]) socket.write(part);
  t.is(socket.writableCorked, 1);
  t.is(socket.writableLength, 3);
  await turn();
  await turn();
  t.is(socket.writableCorked, 0);
  socket.write("d");
  socket.end("e");
  await once(socket, "close");
  t.is(Buffer.concat(received).toString(), "abcde");
});

test("pieces are joined, and what goes otherwise, and the end, come behind them", async (t) => {
  const { socket, received } = await connected(t);
  const writes: unknown[] = [];
  const write = socket.write.bind(socket) as (...given: unknown[]) => boolean;
  socket.write = (...given: unknown[]) => {
    writes.push(given[0]);
    return write(...given);
  };
  corkPerTurn(socket);
  for (const part of ["a", "b", "c"]) socket.write(Buffer.from(part));
  socket.write("d");
  socket.write(Buffer.from("e"));
  t.deepEqual(writes.map(String), ["abc", "d"]);
  await turn();
  await turn();
  t.deepEqual(writes.map(String), ["abc", "d", "e"]);
  socket.write(Buffer.from("f"));
  socket.end("g");
  await once(socket, "close");
  t.is(Buffer.concat(received).toString(), "abcdefg");
});

test("a large piece is given back once it was sent, not before, and not where the connection was lost", async (t) => {
  const server = createServer({ pauseOnConnect: true }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => server.close());
  const socket = connect((server.address() as { port: number }).port, "127.0.0.1");
  const accepted = once(server, "connection");
  await once(socket, "connect");
  const [other] = (await accepted) as [Socket];
  corkPerTurn(socket);
  socket.on("error", () => {});
  const pieces = Array.from({ length: 16 }, () => Buffer.allocUnsafeSlow(1_000_000));
  for (const piece of pieces) socket.write(piece);
  for (let times = 0; times < 20; times++) await turn();
  t.true(socket.writableLength > 0, "the other side reads nothing");
  t.true(pieces.every(({ length }) => length === 1_000_000));
  other.resume();
  await once(socket, "drain");
  await turn();
  t.deepEqual(new Set(pieces.map(({ length }) => length)), new Set([0]));
  other.pause();
  const lost = Array.from({ length: 16 }, () => Buffer.allocUnsafeSlow(1_000_000));
  for (const piece of lost) socket.write(piece);
  await turn();
  socket.destroy();
  await once(socket, "close");
  await turn();
  t.true(lost.every(({ length }) => length === 1_000_000));
});
