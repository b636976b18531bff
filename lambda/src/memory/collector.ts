import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { type Collect, settleYoung } from "./young-generation.ts";

const mebibyte = 1024 * 1024;
/** What is in use, on V8's heap and outside, from which on it is asked to collect, and by how much it must have grown since it last did. */
interface Level {
  readonly minor: number;
  readonly minorGrowth: number;
  readonly major: number;
  readonly majorGrowth: number;
}
const roomy: Level = {
  minor: 40 * mebibyte,
  minorGrowth: 6 * mebibyte,
  major: 56 * mebibyte,
  majorGrowth: 20 * mebibyte,
};
/** Where the process has grown large: what is freed now is used again, what isn't comes on top, and the C library gives little back. */
const tight: Level = {
  minor: 28 * mebibyte,
  minorGrowth: 3 * mebibyte,
  major: 34 * mebibyte,
  majorGrowth: 13 * mebibyte,
};
/** Resident bytes from which on it is tight: the function has 160 MB, of which it should see little. */
const tightFrom = 124e6;
/** Bytes that are moved between two looks. */
const lookEvery = 2 * mebibyte;
/** What a step of a transfer counts at least: a small file leaves more of promises and requests than of bytes. */
const leastBytes = 48 * 1024;

interface Surroundings {
  /** V8's own, where Node was started with `--expose-gc`. */
  readonly collect: Collect | undefined;
  /** What the process has in memory, and of it what is on V8's heap and in buffers outside of it. Bytes. */
  readonly usage: () => Pick<NodeJS.MemoryUsage, "rss" | "heapUsed" | "arrayBuffers">;
  /** About the latter two together, as far as it is known without asking the kernel, which takes 50 times as long. */
  readonly held: () => number;
}

/**
 * Has V8 give back the buffers of what was moved, as far as nobody else does (`release.ts`). They lie outside its heap, so
 * that it sees no hurry, and lets 64 MB and more pile up. Returns what is to be told of bytes that were moved.
 */
export const createCollector = ({ collect, usage, held: estimate }: Surroundings): ((bytes: number) => void) => {
  if (collect === undefined) return () => {};
  let sinceLook = 0;
  /** What was in use after the last collection, and after the last full one: that much is needed. */
  let left = 0;
  let leftByMajor = 0;
  const inUse = () => {
    const { rss, heapUsed, arrayBuffers } = usage();
    return { rss, held: heapUsed + arrayBuffers };
  };
  return (bytes) => {
    sinceLook += Math.max(bytes, leastBytes);
    if (sinceLook < lookEvery) return;
    sinceLook = 0;
    const about = estimate();
    // What is needed may have become less.
    left = Math.min(left, about);
    // Then V8 isn't asked to, however large the process is.
    if (about < Math.max(tight.minor, left + tight.minorGrowth)) return;
    const { rss, held } = inUse();
    left = Math.min(left, held);
    leftByMajor = Math.min(leftByMajor, held);
    const level = rss < tightFrom ? roomy : tight;
    if (held < level.minor || held < left + level.minorGrowth) return;
    collect({ type: "minor", execution: "sync" });
    left = inUse().held;
    // What has been there for longer only goes with a full collection, which costs as much as ten others. What is in flight
    // comes and goes by as much as the budget; only what a minor one leaves above that is worth one.
    if (left < level.major || left < leftByMajor + level.majorGrowth) return;
    collect({ type: "major", execution: "sync" });
    left = inUse().held;
    leftByMajor = left;
  };
};

const { gc } = globalThis as { gc?: Collect };
// V8 would else collect in full whenever what is in flight has grown by half of its small heap, a hundred times for 2 GB.
if (gc !== undefined) setFlagsFromString("--heap-growing-percent=300");
if (gc !== undefined) settleYoung(gc);

/**
 * What V8 counts outside of its heap besides buffers: WebAssembly's memory, and what Node says of its own. The least that was
 * seen, since buffers that were just collected are still counted there. Bytes.
 */
let others: number | undefined;

/** For all connections of this process: they share its memory. */
export const noteMoved = createCollector({
  collect: gc,
  usage: () => {
    const told = process.memoryUsage();
    others = Math.min(others ?? Number.POSITIVE_INFINITY, told.external - told.arrayBuffers);
    return told;
  },
  held: () => {
    const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
    return heap + external - (others ?? 0);
  },
});
