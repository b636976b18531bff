/** Pieces up to this size are put together, in buffers of the second: a packet's length, its tag, and all of a small packet. Bytes. */
const small = 512;
const roomBytes = 1024;

/** Takes the pieces of one turn. */
export interface Joiner {
  add(piece: Buffer): void;
  /** Writes all that is there. */
  flush(): void;
}

/**
 * Writes fewer pieces than it is given, in their order: small ones are copied together, and only the last write of a turn calls back,
 * with which all before it are sent as well. Then `sent` gets the large ones, unless one failed. Node takes 1 to 2 µs for a piece
 * with a callback, and a packet of SSH has three.
 */
export const createJoiner = (
  write: (piece: Buffer, done?: (error?: Error | null) => void) => unknown,
  sent: (pieces: readonly Buffer[]) => void,
): Joiner => {
  let room: Buffer | undefined;
  /** What of it is filled, and what of that was passed on. */
  let filled = 0;
  let passed = 0;
  /** What may turn out to be the last of its turn. */
  let held: Buffer | undefined;
  let large: Buffer[] = [];

  const pass = (piece: Buffer) => {
    if (held !== undefined) write(held);
    held = piece;
  };
  const passRoom = () => {
    if (room === undefined || filled === passed) return;
    pass(room.subarray(passed, filled));
    passed = filled;
  };

  return {
    add(piece) {
      if (piece.length > small) {
        passRoom();
        large.push(piece);
        pass(piece);
        return;
      }
      if (room === undefined || filled + piece.length > room.length) {
        passRoom();
        room = Buffer.allocUnsafe(roomBytes);
        filled = 0;
        passed = 0;
      }
      room.set(piece, filled);
      filled += piece.length;
    },
    flush() {
      passRoom();
      if (held === undefined) return;
      const [last, pieces] = [held, large];
      held = undefined;
      large = [];
      if (pieces.length === 0) write(last);
      else
        write(last, (error) => {
          if (!error) sent(pieces);
        });
    },
  };
};
