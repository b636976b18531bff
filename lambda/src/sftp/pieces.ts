/** Consecutive bytes, in the parts that they came in. */
export interface Piece {
  readonly parts: readonly Buffer[];
  readonly length: number;
}

/** Cuts a stream of chunks into pieces of one size, without copying. */
export interface Pieces {
  /** Adds a chunk, which may not be changed until its pieces are gone, and hands out the whole pieces there are by now. */
  add(chunk: Uint8Array): Iterable<Piece>;
  /** The last piece, shorter than the others; undefined if nothing is left. */
  rest(): Piece | undefined;
}

/** Pieces of so many bytes: small WRITEs cost as much as large ones, and S3 hands out what the network gave it. */
export const createPieces = (bytes: number): Pieces => {
  let parts: Buffer[] = [];
  let length = 0;

  const take = (): Piece => {
    const piece = { parts, length };
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

/** Joins a piece's parts in this buffer, which must be as long; a single part is taken as it is. */
export const joinIn = (scratch: Buffer, { parts, length }: Piece): Buffer => {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  let at = 0;
  for (const part of parts) at += part.copy(scratch, at);
  return scratch.subarray(0, length);
};
