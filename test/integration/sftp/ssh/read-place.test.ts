import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import { release } from "../../../../lambda/src/memory/release.ts";
import { dial } from "../../../../lambda/src/sftp/ssh/dial.ts";
import { lendReads } from "../../../../lambda/src/sftp/ssh/read-place.ts";
import { rawServer } from "../../../helpers/sftp/log-in-server.ts";

const bytes = randomBytes(3_000_000);

/** A connection that `dial` makes, and its other side. */
const dialled = async (t: ExecutionContext): Promise<{ readonly socket: Socket; readonly other: Socket }> => {
  const { promise, resolve } = Promise.withResolvers<Socket>();
  const { port } = await rawServer(t, resolve);
  const { signal } = new AbortController();
  const socket = await dial({ partner: "p", address: "127.0.0.1", port, patienceMs: undefined, signal }, {});
  t.teardown(() => socket.destroy());
  return { socket, other: await promise };
};

test("what comes before anybody listens is there for whoever does, and stays as it is", async (t) => {
  const { socket, other } = await dialled(t);
  other.write("greeting");
  await sleep(20);
  const pieces: Buffer[] = [];
  socket.on("data", (piece: Buffer) => pieces.push(piece));
  other.end(bytes);
  await once(socket, "end");
  t.true(Buffer.concat(pieces).equals(Buffer.concat([Buffer.from("greeting"), bytes])));
});

test("once the place is lent, a listener sees all bytes in their order, in the same memory", async (t) => {
  const { socket, other } = await dialled(t);
  t.true(lendReads(socket));
  const pieces: Buffer[] = [];
  const memory = new Set<ArrayBufferLike>();
  socket.on("data", (piece: Buffer) => {
    memory.add(piece.buffer);
    pieces.push(Buffer.from(piece));
    // Whoever gives back what was read must not take the place away.
    release(piece);
  });
  other.end(bytes);
  await once(socket, "end");
  t.is(memory.size, 1);
  t.true(Buffer.concat(pieces).equals(bytes));
  t.is(socket.bytesRead, bytes.length);
});

test("what a paused socket keeps is a copy, also once the place is lent", async (t) => {
  const { socket, other } = await dialled(t);
  lendReads(socket);
  socket.on("data", () => {});
  socket.pause();
  other.end(bytes);
  await sleep(20);
  socket.removeAllListeners("data");
  t.true((await buffer(socket)).equals(bytes));
});

test("a wire that isn't read to one place lends nothing", async (t) => {
  const { other } = await dialled(t);
  t.false(lendReads(other));
});
