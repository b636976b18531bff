import { createHash } from "node:crypto";
import { createMD5, createSHA256, type IHasher } from "hash-wasm";

/** A running SHA-256. */
export interface Hasher {
  update(bytes: Uint8Array): void;
  /** Hexadecimal; ends the hasher. */
  digest(): string;
  /** Hexadecimal, where an MD5 is reckoned as well. */
  md5?(): string;
  /** The state so far, base64, where it can be saved. */
  save?(): string;
}

/** A SHA-256 that goes on in another invocation. */
export interface SavableHasher extends Hasher {
  save(): string;
}

interface Sums {
  /** Is an MD5 reckoned as well? */
  readonly md5?: boolean;
}

/** Node's own, for all that is moved: several times as fast as one that can be saved. */
export const lightHasher = ({ md5 = false }: Sums = {}): Hasher => {
  const sha256 = createHash("sha256");
  const other = md5 ? createHash("md5") : undefined;
  return {
    update(bytes) {
      sha256.update(bytes);
      other?.update(bytes);
    },
    digest: () => sha256.digest("hex"),
    ...(other && { md5: () => other.digest("hex") }),
  };
};

/** Between the two states of a hasher that reckons an MD5 as well; no letter of base64. */
const separator = ".";

/** A SHA-256 that can be saved; `state` is what `save` gave. Throws for a state that isn't one, or has no MD5 where one is wanted. */
export const savableHasher = async (state?: string, { md5 = false }: Sums = {}): Promise<SavableHasher> => {
  const [own, sum] = state?.split(separator) ?? [];
  if (md5 && state !== undefined && sum === undefined) throw new Error("not the state of an MD5");
  const begin = (hash: IHasher, saved: string | undefined) => {
    hash.init();
    return saved === undefined ? hash : hash.load(Buffer.from(saved, "base64"));
  };
  const hash = begin(await createSHA256(), own);
  const other = md5 ? begin(await createMD5(), sum) : undefined;
  const saved = (one: IHasher) => Buffer.from(one.save()).toString("base64");
  return {
    update(bytes) {
      hash.update(bytes);
      other?.update(bytes);
    },
    digest: () => hash.digest("hex"),
    save: () => [hash, ...(other ? [other] : [])].map(saved).join(separator),
    ...(other && { md5: () => other.digest("hex") }),
  };
};

/** The hasher with this state; undefined if it isn't one of ours, or has no MD5 where one is wanted. */
export const loadHasher = async (state: string, sums: Sums = {}): Promise<SavableHasher | undefined> => {
  try {
    return await savableHasher(state, sums);
  } catch {
    return undefined;
  }
};
