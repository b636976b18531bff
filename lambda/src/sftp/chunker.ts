/** Cuts a stream of chunks into pieces of one size. */
export interface Pieces {
  /** Hands out the whole pieces that there are with this chunk. Each is valid until the next one is asked for, and so is the chunk. */
  add(chunk: Uint8Array): Iterable<Buffer>;
  /** What is left, which is shorter than a piece; undefined if nothing is. */
  rest(): Buffer | undefined;
}

/**
 * Pieces of so many bytes: small WRITEs cost as much as large ones, and S3 hands out what the network gave it. `total`:
 * bytes that there will be, if that is known, so that little memory is taken for a little file.
 */
export const createPieces = (bytes: number, total = bytes): Pieces => {
  let gathered: Buffer | undefined;
  let length = 0;

  /** Copies what fits; returns how much that was. */
  const gather = (from: Buffer): number => {
    const wanted = length + from.length;
    if (gathered === undefined || (gathered.length < bytes && gathered.length < wanted)) {
      const larger = Buffer.allocUnsafeSlow(Math.min(bytes, Math.max(total, wanted)));
      gathered?.copy(larger, 0, 0, length);
      gathered = larger;
    }
    const copied = from.copy(gathered, length, 0, bytes - length);
    length += copied;
    return copied;
  };

  return {
    *add(chunk) {
      let left = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      while (left.length > 0) {
        if (length === 0 && left.length >= bytes) {
          yield left.subarray(0, bytes);
          left = left.subarray(bytes);
          continue;
        }
        left = left.subarray(gather(left));
        if (length < bytes || gathered === undefined) return;
        yield gathered;
        length = 0;
      }
    },
    rest() {
      const last = length === 0 ? undefined : gathered?.subarray(0, length);
      length = 0;
      return last;
    },
  };
};
