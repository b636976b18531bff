/** A TCP relay in front of a server, which cuts, stalls, throttles and resets connections at random bytes. */
import { readFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import type { Random } from "./random.ts";

type Trouble = "none" | "cut" | "reset" | "stall" | "throttle" | "refuse";

export interface Relay {
  readonly port: number;
  /** The most connections that there ever were at one time, and all that were made. */
  readonly connections: { most: number; made: number };
  /** Bytes of all connections, in both directions together. */
  readonly carried: () => number;
  /** What became of connections, by kind of trouble. */
  readonly counts: Record<Trouble, number>;
  /** How likely it is that a connection gets into trouble from now on: 0 to 1. */
  setTrouble(probability: number): void;
  /** Throttles every connection from now on. Bytes a second. */
  setRate(bytesPerSecond: number): void;
  stop(): Promise<void>;
}

/** Bytes up to which a connection may live: most are hit in the middle of a file, some in the handshake. */
const lives = [300, 3_000, 20_000, 100_000, 400_000];
const slowBytesPerSecond = 300_000;
/** ESTABLISHED, as /proc/net/tcp writes it (proc_pid_net(5)). */
const established = "01";

/**
 * Connections to a port of this machine that neither their clients nor the kernel has ended. A relay can't tell by what it reads: while it
 * reads nothing from a slow one, it doesn't hear that its client has closed it.
 */
const openTo = (port: number): number => {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  const rows = readFileSync("/proc/net/tcp", "latin1").split("\n").slice(1);
  return rows.filter((row) => {
    const [, , remote, state] = row.trim().split(/\s+/);
    return remote?.endsWith(`:${hex}`) && state === established;
  }).length;
};

export const startRelay = async (target: number, random: Random): Promise<Relay> => {
  const counts: Relay["counts"] = { none: 0, cut: 0, reset: 0, stall: 0, throttle: 0, refuse: 0 };
  const connections = { most: 0, made: 0 };
  const sockets = new Set<Socket>();
  let probability = 0;
  let carried = 0;
  let rate = Number.POSITIVE_INFINITY;

  const server = createServer({ noDelay: true }, (client) => {
    sockets.add(client);
    connections.made++;
    connections.most = Math.max(connections.most, openTo(client.localPort ?? 0));
    client.once("close", () => {
      sockets.delete(client);
    });
    client.on("error", () => {});
    const trouble: Trouble = random.chance(probability)
      ? random.pick(["cut", "reset", "stall", "throttle", "refuse"])
      : "none";
    const life = random.between(0, random.pick(lives));
    counts[trouble]++;
    if (trouble === "refuse") {
      client.destroy();
      return;
    }
    const upstream = connect(target, "127.0.0.1");
    upstream.setNoDelay(true);
    sockets.add(upstream);
    upstream.once("close", () => {
      sockets.delete(upstream);
      client.destroy();
    });
    upstream.on("error", () => {});
    client.once("close", () => upstream.destroy());

    let passed = 0;
    let stalled = false;
    const pipe = (from: Socket, to: Socket) => {
      from.on("data", (chunk) => {
        if (stalled) return;
        const room = life - passed;
        passed += chunk.byteLength;
        carried += chunk.byteLength;
        const speed = trouble === "throttle" ? slowBytesPerSecond : rate;
        const slow = speed < Number.POSITIVE_INFINITY;
        if (slow) {
          from.pause();
          setTimeout(() => from.resume(), (chunk.byteLength / speed) * 1000);
        }
        if (passed <= life || trouble === "none" || trouble === "throttle") {
          if (!to.write(chunk)) {
            from.pause();
            if (!slow) to.once("drain", () => from.resume());
          }
          return;
        }
        // The bytes before the trouble arrive: it happens at a byte, not between two packets.
        if (room > 0) to.write(chunk.subarray(0, room));
        if (trouble === "stall") stalled = true;
        else if (trouble === "reset") {
          client.resetAndDestroy();
          upstream.resetAndDestroy();
        } else {
          client.end();
          upstream.end();
          setTimeout(() => client.destroy(), 50).unref();
        }
      });
    };
    pipe(client, upstream);
    pipe(upstream, client);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the relay has no port");
  return {
    port: address.port,
    connections,
    carried: () => carried,
    counts,
    setTrouble: (value) => {
      probability = value;
    },
    setRate: (bytesPerSecond) => {
      rate = bytesPerSecond;
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
