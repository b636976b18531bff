/** The one place that all that comes over a socket is read to. */
import type { OnReadOpts, Socket } from "node:net";
import type { Wire } from "./transport.ts";

/**
 * Some packets of 32 KiB, so that few are cut in two: ssh2 decrypts such a one in two pieces, and puts them together. Node's own are
 * 64 KiB, made anew for each read and then copied to one of the size of what came. Bytes.
 */
const placeBytes = 256 * 1024;

const lenders = new WeakMap<Wire, () => void>();

/** How a socket reads to one place; call `of` with it. What comes is a copy until the place is lent. */
export const createReadPlace = (): { readonly onread: OnReadOpts; of(socket: Socket): void } => {
  // Not to its last byte: what has all of its memory to itself is given back once it is read (memory/release.ts).
  const place = Buffer.allocUnsafeSlow(placeBytes + 1).subarray(0, placeBytes);
  let socket: Socket | undefined;
  let isLent = false;
  return {
    onread: {
      buffer: place,
      callback(count) {
        const bytes = place.subarray(0, count);
        if (socket === undefined) return true;
        if (!isLent || socket.readableFlowing !== true || socket.readableLength > 0)
          return socket.push(Buffer.from(bytes));
        socket.emit("data", bytes);
        return true;
      },
    },
    of(given) {
      socket = given;
      lenders.set(given, () => {
        isLent = true;
      });
    },
  };
};

/** From now on the bytes of a "data" event are the listener's only until it returns. Returns whether they are. */
export const lendReads = (wire: Wire): boolean => {
  const lend = lenders.get(wire);
  lend?.();
  return lend !== undefined;
};
