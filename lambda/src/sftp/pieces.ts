/** Cuts a stream of chunks into pieces of one size, without copying what is large enough already. */
export interface Pieces {
  /** Adds a chunk, which may not be changed afterwards, and hands out the whole pieces there are by now. */
  add(chunk: Uint8Array): Iterable<Buffer>;
  /** The last piece, shorter than the others; undefined if nothing is left. */
  rest(): Buffer | undefined;
}

/** Pieces of so many bytes: small WRITEs cost as much as large ones, and S3 hands out what the network gave it. */
export const createPieces = (bytes: number): Pieces => {
  let parts: Buffer[] = [];
  let length = 0;

  const take = (): Buffer => {
    const [only] = parts;
    const piece = parts.length === 1 && only !== undefined ? only : Buffer.concat(parts, length);
    parts = [];
    length = 0;
    return piece;
  };

  return {
    *add(chunk) {
      let left = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      while (length + left.length >= bytes) {
        const missing = bytes - length;
        parts.push(left.subarray(0, missing));
        length = bytes;
        left = left.subarray(missing);
        yield take();
      }
      if (left.length === 0) return;
      parts.push(left);
      length += left.length;
    },
    rest: () => (length === 0 ? undefined : take()),
  };
};
