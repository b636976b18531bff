import { connect, createServer, type Socket } from "node:net";

export interface Line {
  readonly port: number;
  stop(): Promise<void>;
}

/** A line to `target` on which everything takes `milliseconds` each way, in order; half of a round trip. */
export const startLine = async (target: number, milliseconds: number): Promise<Line> => {
  const sockets = new Set<Socket>();
  const later = (act: () => void) => setTimeout(act, milliseconds);
  const carry = (from: Socket, to: Socket): void => {
    sockets.add(from);
    from.on("data", (chunk) => {
      later(() => {
        // Timers of one length fire in the order that they were set in.
        if (!to.destroyed && !to.write(chunk)) from.pause();
      });
    });
    to.on("drain", () => from.resume());
    from.on("end", () => later(() => to.end()));
    from.on("error", () => {});
    from.once("close", () => {
      sockets.delete(from);
      later(() => to.destroy());
    });
  };
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const upstream = connect({ allowHalfOpen: true, host: "127.0.0.1", noDelay: true, port: target });
    carry(client, upstream);
    carry(upstream, client);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the line has no port");
  return {
    port: address.port,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
