import { createHash } from "node:crypto";
import { createSHA256 } from "hash-wasm";

/** A running SHA-256. */
export interface Hasher {
  update(bytes: Uint8Array): void;
  /** Hexadecimal; ends the hasher. */
  digest(): string;
  /** The state so far, base64, for a transfer that goes on in another invocation. Undefined where it can't be saved. */
  save(): string | undefined;
}

/** For files that one invocation moves for certain: Node's own, several times faster, which can't be saved. */
export const quickHasher = (): Hasher => {
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

/** The hasher with this state; undefined if it isn't one of ours: then the file has to start again. */
export const loadHasher = async (state: string): Promise<Hasher | undefined> => {
  try {
    return await resumableHasher(state);
  } catch {
    return undefined;
  }
};
