import type { Socket } from "node:net";
import { Writable } from "node:stream";
import test from "ava";
import { boundUnsent } from "../../../lambda/src/sftp/ssh/unsent.ts";

/** A socket whose other side takes a packet when it is told to. */
const startSocket = () => {
  const taken: (() => void)[] = [];
  const socket = new Writable({ write: (_chunk, _encoding, done) => void taken.push(done) });
  const errors: Error[] = [];
  socket.on("error", (error) => errors.push(error));
  boundUnsent(socket as Socket, 10);
  return { socket, errors, take: () => taken.shift()?.() };
};
const turn = () => new Promise((resolve) => setImmediate(resolve));

test("a server that reads nothing of so many packets loses its connection, with the reason", async (t) => {
  const { socket, errors } = startSocket();
  for (let packet = 0; packet < 10; packet++) socket.write(Buffer.from("x"));
  t.false(socket.destroyed);
  socket.write(Buffer.from("x"));
  await turn();
  t.true(socket.destroyed);
  t.regex(errors[0]?.message ?? "", /reads none of the 10 packets/);
  t.false(socket.write(Buffer.from("x")), "and takes no more");
});

test("one that reads in its own time may be sent any number, and who asks is told of each", async (t) => {
  const { socket, take } = startSocket();
  let told = 0;
  for (let packet = 0; packet < 100; packet++) {
    socket.write(Buffer.from("x"), () => told++);
    if (packet % 5 === 4)
      for (let at = 0; at < 5; at++) {
        take();
        await turn();
      }
  }
  t.false(socket.destroyed);
  t.is(told, 100);
});
