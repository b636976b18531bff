import { once } from "node:events";
import { connect, createServer } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import test from "ava";
import { corkPerTurn } from "../../../../lambda/src/sftp/ssh/cork.ts";

test("what is written in one turn is held together and goes out in order; the end loses nothing", async (t) => {
  const received: Buffer[] = [];
  const server = createServer((socket) => socket.on("data", (chunk) => received.push(chunk))).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => server.close());
  const socket = connect((server.address() as { port: number }).port, "127.0.0.1");
  await once(socket, "connect");
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
