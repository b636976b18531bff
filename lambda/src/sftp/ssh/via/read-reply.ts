import type { Socket } from "node:net";
import { HopClosed, HopError } from "./hop.ts";

/** More than any proxy's reply. Bytes. */
const maxReply = 16 * 1024;

/**
 * The next reply, whose length `lengthOf` tells once enough of it has come; what came behind it goes back to the socket. Throws
 * what `lengthOf` throws, a `HopClosed` where the connection ends first, and a `HopError` for a reply without an end.
 */
export const readReply = (socket: Socket, lengthOf: (received: Buffer) => number | undefined): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    const settle = (act: () => void) => {
      socket.off("readable", look).off("end", ended).off("error", ended).off("close", ended);
      act();
    };
    const ended = () => settle(() => reject(new HopClosed("it closed the connection instead of answering")));
    const look = () => {
      for (let chunk = socket.read(); chunk !== null; chunk = socket.read()) {
        received = Buffer.concat([received, chunk]);
        try {
          const length = lengthOf(received);
          if (length !== undefined && received.length >= length) {
            settle(() => resolve(received.subarray(0, length)));
            if (received.length > length) socket.unshift(received.subarray(length));
            return;
          }
          if (received.length > maxReply) throw new HopError("its answer has more than 16 KB and no end");
        } catch (error) {
          settle(() => reject(error));
          return;
        }
      }
    };
    socket.on("readable", look).once("end", ended).once("error", ended).once("close", ended);
    look();
  });
