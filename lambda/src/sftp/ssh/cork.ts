import { release } from "../../memory/release.ts";
import type { Wire } from "./transport.ts";

/**
 * Lets a socket gather what is written to it in one turn of the event loop, and send it in one go. ssh2 writes each
 * packet of 32 KiB by itself, and doesn't listen for when to stop; how much there can be is the budget's to say. Nor does it
 * look at a packet again, whose memory is given back as soon as it is sent.
 */
export const corkPerTurn = (socket: Wire): void => {
  const write = socket.write.bind(socket) as (...given: unknown[]) => boolean;
  let corked = false;
  const sendOff = () => {
    corked = false;
    socket.uncork();
  };
  socket.write = (...given: unknown[]) => {
    if (!corked) {
      corked = true;
      socket.cork();
      setImmediate(sendOff);
    }
    const [packet] = given;
    if (given.length !== 1 || !Buffer.isBuffer(packet)) return write(...given);
    return write(packet, (error?: Error | null) => {
      if (!error) release(packet);
    });
  };
};
