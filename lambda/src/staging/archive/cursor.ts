/** A stream of bytes that is read in pieces of a wanted length. */

export interface Cursor {
  /** Bytes that were read so far. */
  readonly at: number;
  /** So many bytes, or fewer where it ends before. They stay valid. */
  exactly(count: number): Promise<Buffer>;
  /** The next so many bytes, fewer where it ends before. A chunk is valid until the next one is asked for. */
  take(count: number): AsyncGenerator<Uint8Array>;
  /** Reads to the end. */
  rest(): Promise<void>;
  /** Ends the stream before its end. */
  close(): Promise<void>;
}

export const createCursor = (source: AsyncIterable<Uint8Array>): Cursor => {
  const chunks = source[Symbol.asyncIterator]();
  let chunk: Uint8Array = new Uint8Array();
  let at = 0;

  /** Up to so many bytes; undefined at the end. */
  const some = async (count: number): Promise<Uint8Array | undefined> => {
    while (chunk.byteLength === 0) {
      const next = await chunks.next();
      if (next.done) return undefined;
      chunk = next.value;
    }
    const piece = chunk.subarray(0, count);
    chunk = chunk.subarray(piece.byteLength);
    at += piece.byteLength;
    return piece;
  };
  async function* take(count: number): AsyncGenerator<Uint8Array> {
    for (let left = count; left > 0; ) {
      const piece = await some(left);
      if (piece === undefined) return;
      left -= piece.byteLength;
      yield piece;
    }
  }

  return {
    get at() {
      return at;
    },
    take,
    async exactly(count) {
      const pieces: Buffer[] = [];
      for await (const piece of take(count)) pieces.push(Buffer.from(piece));
      return Buffer.concat(pieces);
    },
    async rest() {
      while ((await some(Number.POSITIVE_INFINITY)) !== undefined);
    },
    async close() {
      await chunks.return?.();
    },
  };
};
