import type { UploadedPart } from "../s3/objects.ts";

/** Where a transfer may go on: so many bytes are in S3 without a hole. */
export interface Point {
  readonly bytes: number;
  /** The hash of them, where it is one that can be saved. */
  readonly state: string | undefined;
}

/**
 * Which parts of an upload have arrived. They end in any order, and those that were on their way when time was up are
 * lost: what counts is how far they reach without a hole, and the hash's state at that very byte.
 */
export const trackParts = (known: readonly UploadedPart[], partSize: number, offset: number) => {
  const done = [...known];
  /** Numbers of whole parts. */
  const whole = new Set<number>();
  const states = new Map<number, string>();
  let reached = offset / partSize;

  return {
    /** A part is filled, with the hash's state behind it. */
    filled(bytes: number, state: string | undefined): void {
      if (state !== undefined) states.set(bytes / partSize, state);
    },
    done(part: UploadedPart): void {
      done.push(part);
      if (part.size === partSize) whole.add(part.number);
    },
    /** The furthest point to go on from, of those that whole parts reach. */
    contiguous(): Point {
      for (; whole.delete(reached + 1); reached++) states.delete(reached);
      return { bytes: reached * partSize, state: states.get(reached) };
    },
    /** All that arrived, in order. */
    parts: (): UploadedPart[] => done.toSorted((a, b) => a.number - b.number),
  };
};
