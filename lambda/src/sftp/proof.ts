/**
 * The proof that a second handle of a file is one of the same file: what the first has written is seen through it, before and
 * after it was opened, before anything is written there. Servers whose files are uploads to an object store give each handle
 * an upload of its own, and the last that is closed wins; others give each a copy as it was at OPEN.
 */
import type { Channel } from "./channel.ts";

/** Bytes that were written at a place of the file, and acknowledged. */
export interface Sample {
  readonly at: number;
  readonly bytes: Buffer;
}

/** What the first handle has written, for whoever wants to see it through another. */
export interface Witness {
  /** Takes the end of a piece that is about to be sent over the first handle; call what is returned when it is acknowledged. */
  sent(start: number, piece: Buffer): (() => void) | undefined;
  /** A piece that is acknowledged by now, or will be; undefined if the file ends before. */
  earlier(): Promise<Sample | undefined>;
  /** A piece that is sent from now on, once it is acknowledged; undefined if there is none any more. */
  next(): Promise<Sample | undefined>;
  /** Nothing more is sent. */
  end(): void;
}

/** Bytes of a sample. */
const sampleBytes = 4096;

export const createWitness = (): Witness => {
  let latest: Sample | undefined;
  let ended = false;
  let wanted: { readonly from: number; readonly resolve: (sample: Sample | undefined) => void }[] = [];
  let count = 0;

  const want = (from: number) =>
    new Promise<Sample | undefined>((resolve) => {
      if (ended) resolve(undefined);
      else wanted.push({ from, resolve });
    });

  return {
    sent(start, piece) {
      // Once somebody looks, or nobody has anything to look at yet.
      if (ended || (latest !== undefined && wanted.length === 0)) return undefined;
      const bytes = Buffer.from(piece.subarray(Math.max(0, piece.length - sampleBytes)));
      // A hole reads as zeros: they prove nothing.
      if (bytes.every((byte) => byte === 0)) return undefined;
      const sample = { at: start + piece.length - bytes.length, bytes };
      count += 1;
      const number = count;
      return () => {
        latest = sample;
        const [served, left] = [
          wanted.filter(({ from }) => number >= from),
          wanted.filter(({ from }) => number < from),
        ];
        wanted = left;
        for (const { resolve } of served) resolve(sample);
      };
    },
    earlier: () => (latest === undefined ? want(0) : Promise.resolve(latest)),
    next: () => want(count + 1),
    end() {
      ended = true;
      for (const { resolve } of wanted.splice(0)) resolve(undefined);
    },
  };
};

/** Is this what is read through the handle? Throws RemoteError where it may not be read. */
export const sees = async (channel: Channel, handle: Buffer, path: string, sample: Sample): Promise<boolean> => {
  const into = Buffer.alloc(sample.bytes.length);
  let filled = 0;
  while (filled < into.length) {
    const count = await channel.read(handle, path, into.subarray(filled), sample.at + filled);
    if (count === 0) return false;
    filled += count;
  }
  return into.equals(sample.bytes);
};
