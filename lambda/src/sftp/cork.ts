import type { Socket } from "node:net";

/**
 * Lets a socket gather what is written to it in one turn of the event loop, and send it in one go. ssh2 writes each
 * packet of 32 KiB by itself, and doesn't listen for when to stop; how much there can be is the budget's to say.
 */
export const corkPerTurn = (socket: Socket): void => {
  const write = socket.write.bind(socket) as (...given: unknown[]) => boolean;
  let corked = false;
  const release = () => {
    corked = false;
    socket.uncork();
  };
  socket.write = (...given: unknown[]) => {
    if (!corked) {
      corked = true;
      socket.cork();
      setImmediate(release);
    }
    return write(...given);
  };
};
