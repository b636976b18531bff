import type { Wire } from "./transport.ts";

/**
 * Packets that may wait to be sent. The budget of a connection allows some hundred WRITEs, and the files under way a few
 * thousand requests. ssh2 answers whatever a server asks (channels, global requests, pings), and doesn't look whether the
 * answers are taken: a server that asks and reads nothing would have them all kept here. A packet is what
 * `join-pieces.ts` makes of small ones, 1 KiB at most.
 */
const maxUnsent = 20_000;

/** Ends the connection of a server that doesn't read what it has asked for. */
export const boundUnsent = (socket: Wire, most = maxUnsent): void => {
  const write = socket.write.bind(socket) as (...given: unknown[]) => boolean;
  let unsent = 0;
  // One for all that have none of their own: there are a hundred thousand of them for a large file.
  const sent = () => {
    unsent--;
  };
  socket.write = (packet: unknown, ...given: unknown[]) => {
    if (socket.destroyed) return false;
    unsent++;
    if (unsent > most)
      socket.destroy(
        new Error(`the server asks for more and more, and reads none of the ${most} packets that wait for it`),
      );
    if (given.length === 0) return write(packet, sent);
    const last = given.at(-1);
    const callback = typeof last === "function" ? (given.pop() as (error?: Error | null) => void) : undefined;
    return write(packet, ...given, (error?: Error | null) => {
      sent();
      callback?.(error);
    });
  };
};
