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

export type Compression = "gzip" | "zstd" | "zip";

/** What a compressed file's name ends with. */
export const endingOf: Readonly<Record<Compression, string>> = { gzip: ".gz", zstd: ".zst", zip: ".zip" };

/** One hop that does what all of them do, one after the other. */
export const together = (hops: readonly Hop[]): Hop => ({
  name: hops.map(({ name }) => name).join(" and "),
  pace: 1 / hops.reduce((sum, { pace }) => sum + 1 / pace, 0),
  transform: (source, signal) => hops.reduce((chunks, { transform }) => transform(chunks, signal), source),
});
