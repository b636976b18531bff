/** What a file is changed into on its way, whole and in bounded memory. */

/** The bytes of a file that was changed. A chunk of `source` is valid until the next one is asked for; those that come out stay valid. */
export type Transform = (source: AsyncIterable<Uint8Array>, signal: AbortSignal) => AsyncIterable<Uint8Array>;

/** One way to change files. */
export interface Hop {
  /** As errors and logs call it. */
  readonly name: string;
  /** Bytes a second of what is read, on one whole processor; half of what was measured (docs/performance.md). */
  readonly pace: number;
  readonly transform: Transform;
}

/** Chunks that stay as they are, for what works on them later than they are given. */
export async function* copies(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) yield Uint8Array.from(chunk);
}

/** A source that remembers how much of it was read, and what it failed with: what works on it may say that in words of its own. */
export const watched = (source: AsyncIterable<Uint8Array>) => {
  const seen: { bytes: number; failure?: { readonly reason: unknown } } = { bytes: 0 };
  async function* chunks() {
    try {
      for await (const chunk of source) {
        seen.bytes += chunk.byteLength;
        yield chunk;
      }
    } catch (reason) {
      seen.failure = { reason };
      throw reason;
    }
  }
  return { seen, chunks: chunks() };
};

/** The first bytes of a source, as many as these where it has them, and then all of it. */
export const lookAhead = async (source: AsyncIterable<Uint8Array>, wanted: number) => {
  const chunks = source[Symbol.asyncIterator]();
  let beginning: Buffer = Buffer.alloc(0);
  let isOver = false;
  while (beginning.byteLength < wanted && !isOver) {
    const next = await chunks.next();
    if (next.done) isOver = true;
    else beginning = Buffer.concat([beginning, next.value]);
  }
  async function* all(): AsyncGenerator<Uint8Array> {
    if (beginning.byteLength > 0) yield beginning;
    while (!isOver) {
      const next = await chunks.next();
      if (next.done) return;
      yield next.value;
    }
  }
  return { beginning, all };
};

export type Compression = "gzip" | "zstd" | "zip";

/** What a compressed file's name ends with. */
export const endingOf: Readonly<Record<Compression, string>> = { gzip: ".gz", zstd: ".zst", zip: ".zip" };

/** One hop that does what all of them do, one after the other. */
export const together = (hops: readonly Hop[]): Hop => ({
  name: hops.map(({ name }) => name).join(" and "),
  pace: 1 / hops.reduce((sum, { pace }) => sum + 1 / pace, 0),
  transform: (source, signal) => hops.reduce((chunks, { transform }) => transform(chunks, signal), source),
});
