import { createHash } from "node:crypto";
import { createSHA256 } from "hash-wasm";
import type { Clock } from "../clock.ts";
import { createMd5 } from "./md5.ts";
import type { Sizes } from "./sizes.ts";

/** A running SHA-256. */
export interface Hasher {
  update(bytes: Uint8Array): void;
  /** Hexadecimal; ends the hasher. */
  digest(): string;
  /** The state so far, base64, for a transfer that goes on in another invocation. Undefined where it can't be saved. */
  save(): string | undefined;
  /** Hexadecimal, where an MD5 is reckoned as well. */
  md5?(): string;
}

/** Between the two states of a hasher that reckons an MD5 as well; no letter of base64. */
const separator = ".";

/** The same hasher with an MD5 beside it, from its saved state or from the beginning. */
export const withMd5 = (hasher: Hasher, state?: string): Hasher => {
  const md5 = createMd5(state);
  return {
    update(bytes) {
      hasher.update(bytes);
      md5.update(bytes);
    },
    digest: () => hasher.digest(),
    save() {
      const saved = hasher.save();
      return saved === undefined ? undefined : saved + separator + md5.save();
    },
    md5: () => md5.digest(),
  };
};

/** For files that one invocation moves for certain: Node's own, several times faster, which can't be saved. */
export const lightHasher = (): Hasher => {
  const hash = createHash("sha256");
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest("hex"), save: () => undefined };
};

/** A SHA-256 that can be saved and loaded; `state` is what `save` gave. */
export const resumableHasher = async (state?: string): Promise<Hasher> => {
  const hash = await createSHA256();
  hash.init();
  if (state !== undefined) hash.load(Buffer.from(state, "base64"));
  return {
    update: (bytes) => void hash.update(bytes),
    digest: () => hash.digest("hex"),
    save: () => Buffer.from(hash.save()).toString("base64"),
  };
};

/** The hasher with this state; undefined if it isn't one of ours, or has no MD5 where one is wanted: then the file has to start again. */
export const loadHasher = async (state: string, { md5 = false } = {}): Promise<Hasher | undefined> => {
  const [own, other] = state.split(separator);
  if (md5 && other === undefined) return undefined;
  try {
    const hasher = await resumableHasher(own);
    return md5 ? withMd5(hasher, other) : hasher;
  } catch {
    return undefined;
  }
};

/**
 * A hasher that can be saved for as long as that may be needed. Saving has its price: the hash that can be saved costs five
 * times the CPU of Node's own, more than all else that a large file takes. So both run, until `isShort` says that the rest
 * takes less time than passes between two checkpoints anyway; from then on there is nothing to save.
 */
export const thriftyHasher = async (options: {
  /** Bytes between two questions, and before the first. */
  readonly every: number;
  readonly isShort: (bytes: number) => boolean;
}): Promise<Hasher> => {
  const quick = lightHasher();
  let saveable: Hasher | undefined = await resumableHasher();
  let bytes = 0;
  let next = options.every;
  return {
    update(chunk) {
      quick.update(chunk);
      saveable?.update(chunk);
      bytes += chunk.byteLength;
      if (saveable === undefined || bytes < next) return;
      next = bytes + options.every;
      if (options.isShort(bytes)) saveable = undefined;
    },
    digest: () => quick.digest(),
    save: () => saveable?.save(),
  };
};

/**
 * The hasher of a file of `size` bytes that starts now: `thriftyHasher`, with the pace so far as the measure of what is
 * left. A transfer that gets slower behind that point has its last checkpoint there; the next attempt is one that can be saved all along.
 */
export const hasherFor = (size: number, { clock, sizes }: { readonly clock: Clock; readonly sizes: Sizes }) => {
  const started = clock.steady();
  const isShort = (bytes: number) => {
    const elapsed = Math.max(clock.steady() - started, 1);
    return ((size - bytes) * elapsed) / bytes < sizes.checkpointEvery / 2;
  };
  return thriftyHasher({ every: sizes.pace, isShort });
};
