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
