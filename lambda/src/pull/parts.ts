import type { UploadedPart } from "../s3/objects.ts";

/** Where a transfer may go on: so many bytes are in S3 without a hole, and this is the hash of them. */
export interface Point {
  readonly bytes: number;
  readonly state: string;
}

/**
 * Which parts of an upload have arrived. They end in any order, and those that were on their way when time was up are
 * lost: what counts is how far they reach without a hole, and the hash's state at that very byte.
 */
export const trackParts = (known: readonly UploadedPart[], partSize: number, offset: number) => {
  const done = [...known];
  const numbers = new Set(known.map(({ number }) => number));
  const states = new Map<number, string>();
  let reached = offset / partSize;

  return {
    /** A part is filled, with the hash's state behind it. */
    filled(bytes: number, state: string | undefined): void {
      if (state !== undefined) states.set(bytes / partSize, state);
    },
    done(part: UploadedPart): void {
      done.push(part);
      numbers.add(part.number);
    },
    /** The furthest point to go on from, of those that whole parts reach; undefined if there is no new one. */
    contiguous(): Point | undefined {
      while (numbers.has(reached + 1) && states.has(reached + 1)) {
        states.delete(reached);
        reached++;
      }
      const state = states.get(reached);
      return state === undefined ? undefined : { bytes: reached * partSize, state };
    },
    /** All that arrived, in order. */
    parts: (): UploadedPart[] => done.toSorted((a, b) => a.number - b.number),
  };
};
