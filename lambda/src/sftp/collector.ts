/** What lies outside V8's heap from which on it is asked to collect. Bytes. */
const ceilings = { minor: 24 * 1024 * 1024, major: 40 * 1024 * 1024 };
/** Bytes that are moved between two looks, and at least between two full collections. */
const every = { look: 4 * 1024 * 1024, major: 64 * 1024 * 1024 };

type Collect = (options: { readonly type: "minor" | "major"; readonly execution: "sync" }) => void;

interface Surroundings {
  /** V8's own, where Node was started with `--expose-gc`. */
  readonly collect: Collect | undefined;
  /** Bytes outside the heap. */
  readonly outside: () => number;
}

/**
 * Has V8 give back the buffers of what was moved. They lie outside its heap, so that it sees no hurry: with each megabyte
 * come some of them (read, decrypted, encrypted), and it lets 64 MB and more pile up. Returns what is to be told of bytes that were moved.
 */
export const createCollector = ({ collect, outside }: Surroundings): ((bytes: number) => void) => {
  if (collect === undefined) return () => {};
  let sinceLook = 0;
  let sinceMajor = 0;
  return (bytes) => {
    sinceLook += bytes;
    sinceMajor += bytes;
    if (sinceLook < every.look) return;
    sinceLook = 0;
    const held = outside();
    if (held < ceilings.minor) return;
    // What has been there for longer only goes with a full collection.
    const isMajor = held >= ceilings.major && sinceMajor >= every.major;
    if (isMajor) sinceMajor = 0;
    collect({ type: isMajor ? "major" : "minor", execution: "sync" });
  };
};

/** For all connections of this process: they share its memory. */
export const noteMoved = createCollector({
  collect: (globalThis as { gc?: Collect }).gc,
  outside: () => process.memoryUsage().arrayBuffers,
});
