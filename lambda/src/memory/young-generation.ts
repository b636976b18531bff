import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";

/** V8's own, where Node was started with `--expose-gc`. */
export type Collect = (options: { readonly type: "minor" | "major"; readonly execution: "sync" }) => void;

const mebibyte = 1024 * 1024;
/** Both halves of it. With half as much V8 collects twice as often, and keeps for long what would have been done with by then. */
const wanted = 8 * mebibyte;

const size = (): number =>
  getHeapSpaceStatistics().find(({ space_name: name }) => name === "new_space")?.space_size ?? wanted;
const growBy = (factor: number): void => setFlagsFromString(`--semi-space-growth-factor=${factor}`);

/** Numbers that outlive a collection cost next to nothing to move. */
const lasting = (): number[] => new Array<number>(8 * 1024).fill(0.5);
/** More than it ever takes, of 64 KiB each. */
const mostLasting = 256;

/**
 * Makes V8's young generation as large as small files want it, and lets it stay so. Lambda starts Node with one of up to a tenth of the
 * function's memory, which V8 would grow into and never give back; and it is only as large as loading the bundle has made
 * it, by now a quarter to a half of this. V8 makes it larger in a collection, once more has outlived collections than it holds, and reads the
 * factor whenever it does (Heap::ResizeNewSpace and SemiSpaceNewSpace::Grow).
 */
export const settleYoung = (collect: Collect): void => {
  // The second half of it is only there once V8 has collected.
  collect({ type: "minor", execution: "sync" });
  growBy(2);
  const kept: number[][] = [];
  while (size() < wanted && kept.length < mostLasting) kept.push(lasting());
  growBy(1);
};
