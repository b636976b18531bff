const mebibyte = 1024 * 1024;
/** What is in use, on V8's heap and outside, from which on it is asked to collect, and bytes moved at least between two full collections. */
interface Level {
  readonly minor: number;
  readonly major: number;
  readonly every: number;
}
const roomy: Level = { minor: 40 * mebibyte, major: 56 * mebibyte, every: 64 * mebibyte };
/** Where the process has grown large: what is freed now is used again, what isn't comes on top, and the C library gives little back. */
const tight: Level = { minor: 28 * mebibyte, major: 34 * mebibyte, every: 12 * mebibyte };
/** Resident bytes from which on it is tight: the function has 160 MB, of which it should see little. */
const tightFrom = 136e6;
/** Bytes that are moved between two looks. */
const lookEvery = 2 * mebibyte;
/** What a step of a transfer counts at least: a small file leaves more of promises and requests than of bytes. */
const leastBytes = 48 * 1024;

type Collect = (options: { readonly type: "minor" | "major"; readonly execution: "sync" }) => void;

interface Surroundings {
  /** V8's own, where Node was started with `--expose-gc`. */
  readonly collect: Collect | undefined;
  /** What the process has in memory, and of it what is on V8's heap and in buffers outside of it. Bytes. */
  readonly usage: () => Pick<NodeJS.MemoryUsage, "rss" | "heapUsed" | "arrayBuffers">;
}

/**
 * Has V8 give back the buffers of what was moved. They lie outside its heap, so that it sees no hurry: with each megabyte
 * come some of them (read, decrypted, encrypted), and it lets 64 MB and more pile up. Returns what is to be told of bytes that were moved.
 */
export const createCollector = ({ collect, usage }: Surroundings): ((bytes: number) => void) => {
  if (collect === undefined) return () => {};
  let sinceLook = 0;
  let sinceMajor = 0;
  return (bytes) => {
    const counted = Math.max(bytes, leastBytes);
    sinceLook += counted;
    sinceMajor += counted;
    if (sinceLook < lookEvery) return;
    sinceLook = 0;
    const { rss, heapUsed, arrayBuffers } = usage();
    const level = rss < tightFrom ? roomy : tight;
    const held = heapUsed + arrayBuffers;
    if (held < level.minor) return;
    // What has been there for longer only goes with a full collection.
    const isMajor = held >= level.major && sinceMajor >= level.every;
    if (isMajor) sinceMajor = 0;
    collect({ type: isMajor ? "major" : "minor", execution: "sync" });
  };
};

/** For all connections of this process: they share its memory. */
export const noteMoved = createCollector({
  collect: (globalThis as { gc?: Collect }).gc,
  usage: () => process.memoryUsage(),
});
