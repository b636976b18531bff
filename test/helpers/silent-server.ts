import { createServer, type Socket } from "node:net";
import type { ExecutionContext } from "ava";

/** How far a server gets with its answer before it says nothing more; `whole` is all of it. */
export type Silence = "after the request" | "after the headers" | "in the body" | "whole";

/** A server on loopback that takes each request as `next` says, and then swallows what comes. The answer is `body`. */
export const silentServer = async (t: ExecutionContext, next: (request: number) => Silence, body: string) => {
  const sockets = new Set<Socket>();
  let requests = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    let mute = false;
    socket.on("data", (chunk) => {
      // Each request of these tests begins in a packet of its own.
      if (mute || !/^[A-Z]+ \S+ HTTP\/1\.1/.test(chunk.toString("latin1"))) return;
      const silence = next(++requests);
      mute = silence !== "whole";
      if (silence === "after the request") return;
      const headers = `HTTP/1.1 200 OK\r\ncontent-length: ${Buffer.byteLength(body)}\r\nx-amz-version-id: v\r\n\r\n`;
      const part = { "after the headers": 0, "in the body": Math.ceil(body.length / 2), whole: body.length }[silence];
      socket.write(headers + body.slice(0, part));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { endpoint: `http://127.0.0.1:${address.port}`, requests: () => requests };
};
