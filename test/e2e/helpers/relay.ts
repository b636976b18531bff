// What stands between the function and a partner: a port that passes connections on, refuses them, or takes them and says nothing.
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export type Relay = {
  readonly port: number;
  /** From now on, for connections that begin. */
  readonly become: (manner: "passing" | "silent" | "refusing") => void;
  readonly stop: () => void;
};

/** Starts a relay to the port on 127.0.0.1 that `behind` tells. */
export async function startRelay(
  behind: () => number,
  manner: "passing" | "silent" | "refusing" = "passing",
): Promise<Relay> {
  let now = manner;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
    if (now === "refusing") socket.resetAndDestroy();
    if (now !== "passing") return;
    const further = connect(behind(), "127.0.0.1");
    sockets.add(further);
    further.on("error", () => socket.destroy());
    further.on("close", () => sockets.delete(further));
    socket.pipe(further).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    become: (next) => {
      now = next;
    },
    stop: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
