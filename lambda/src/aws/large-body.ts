/** The bytes of a large answer, put where they are wanted by whoever decrypts them. */

import { chunkBytes, giveChunk, takeChunk } from "../memory/chunks.ts";

export interface LargeBody {
  /** Where the next bytes go; undefined where all are there or nobody takes them. */
  into(): Uint8Array | undefined;
  /** Takes bytes, which may lie where `into` said. Returns false where no more should come until `resume` is called. */
  took(bytes: Uint8Array): boolean;
  /** Nothing more comes. */
  fail(error: Error): void;
  readonly complete: boolean;
  /** Does the reader have to ask before more comes? */
  readonly waits: boolean;
  /** A chunk is valid until the next one is asked for. */
  readonly chunks: AsyncIterable<Buffer>;
}

/**
 * A body of so many bytes, in chunks of 255 KiB: one in the reader's hands, one that waits, and then it pauses. `left` is
 * called when nobody reads on before all is there.
 */
export const createLargeBody = (
  length: number,
  { resume, left }: { readonly resume: () => void; readonly left: () => void },
): LargeBody => {
  const ready: { readonly memory: Buffer; readonly length: number }[] = [];
  let current: Buffer | undefined;
  let filled = 0;
  let missing = length;
  let failure: Error | undefined;
  let paused = false;
  let isLent = false;
  let wake: (() => void) | undefined;

  const stir = () => {
    wake?.();
    wake = undefined;
  };
  /** The chunk is full, or the last one. */
  const handOn = () => {
    if (current === undefined || (missing > 0 && filled < chunkBytes)) return;
    ready.push({ memory: current, length: filled });
    current = undefined;
    filled = 0;
    stir();
  };

  async function* read(): AsyncGenerator<Buffer> {
    try {
      for (;;) {
        if (failure !== undefined) throw failure;
        const chunk = ready.shift();
        if (chunk !== undefined) {
          if (paused) {
            paused = false;
            resume();
          }
          isLent = true;
          yield chunk.memory.subarray(0, chunk.length);
          isLent = false;
          giveChunk(chunk.memory);
        } else if (missing === 0) return;
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    } finally {
      if (missing > 0) left();
    }
  }

  return {
    into() {
      if (missing === 0 || paused) return undefined;
      current ??= takeChunk();
      return current.subarray(filled, Math.min(chunkBytes, filled + missing));
    },
    took(bytes) {
      let rest = bytes;
      while (rest.byteLength > 0) {
        if (missing === 0) {
          this.fail(new Error("more bytes came than were announced"));
          return false;
        }
        current ??= takeChunk();
        const count = Math.min(rest.byteLength, missing, chunkBytes - filled);
        const isThere = rest.buffer === current.buffer && rest.byteOffset === current.byteOffset + filled;
        if (!isThere) current.set(rest.subarray(0, count), filled);
        filled += count;
        missing -= count;
        rest = rest.subarray(count);
        handOn();
      }
      paused = missing > 0 && ready.length > 0 && (isLent || ready.length > 1);
      return !paused;
    },
    fail(error) {
      if (missing > 0 || ready.length > 0) failure ??= error;
      stir();
    },
    get complete() {
      return missing === 0 && failure === undefined;
    },
    get waits() {
      return paused;
    },
    chunks: read(),
  };
};
