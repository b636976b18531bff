/**
 * The SHA-256 of a file that several runs have moved. Node's hash can't be saved, and one that can takes several times the CPU,
 * of every large file, whether it needs it or not. So a file that was moved in one go is hashed on its way, and one that
 * wasn't is read once more when it is complete: from S3, near and without the partner. That may take longer than an invocation
 * has: this hash is one that is saved, every half minute and when time is up.
 */
import type { Summed } from "../journal/entry.ts";
import { noteMoved } from "../memory/collector.ts";
import type { TransferContext } from "./context.ts";
import { OutOfTime, reasonOf, VerificationError } from "./errors.ts";
import { loadHasher, type SavableHasher, savableHasher } from "./hash.ts";

export interface SumAgain {
  /** How far an earlier run has come. */
  readonly from: Summed | undefined;
  /** Is its MD5 wanted as well? */
  readonly md5?: boolean;
  /** Bytes of the whole file. */
  readonly size: number;
  /** What is read, for messages. */
  readonly what: string;
  /** The file's bytes from `offset` on. */
  readonly read: (offset: number) => Promise<AsyncIterable<Uint8Array>>;
  /** Records how far it came; `isLast` where this run does no more. */
  readonly save: (summed: Summed, isLast: boolean) => Promise<void>;
}

/** The hasher behind so many bytes; from the beginning where the state isn't one of ours. */
const behind = async ({ from, size, md5 = false }: SumAgain): Promise<[SavableHasher, number]> => {
  const loaded = from && from.bytes >= 0 && from.bytes <= size ? await loadHasher(from.state, { md5 }) : undefined;
  return from && loaded ? [loaded, from.bytes] : [await savableHasher(undefined, { md5 }), 0];
};

/** A whole file's, hexadecimal. */
export interface WholeSums {
  readonly sha256: string;
  readonly md5: string | undefined;
}

/** What the whole file sums up to. Throws what `read` and `save` throw, OutOfTime and VerificationError. */
export const sumAgain = async (
  options: SumAgain,
  { clock, signal, sizes }: Pick<TransferContext, "clock" | "signal" | "sizes">,
): Promise<WholeSums> => {
  const { size, what, read, save } = options;
  const [hasher, offset] = await behind(options);
  let bytes = offset;
  let saved = clock.steady();
  const point = (): Summed => ({ bytes, state: hasher.save() });
  try {
    if (bytes < size) {
      for await (const chunk of await read(offset)) {
        signal.throwIfAborted();
        hasher.update(chunk);
        bytes += chunk.byteLength;
        noteMoved(chunk.byteLength);
        if (bytes >= size || clock.steady() - saved < sizes.checkpointEvery) continue;
        await save(point(), false);
        saved = clock.steady();
      }
    }
  } catch (error) {
    if (reasonOf(error, signal) instanceof OutOfTime) await save(point(), true);
    throw error;
  }
  if (bytes !== size)
    throw new VerificationError(`${what} gave ${bytes} of ${size} bytes when it was read once more; it is read again`);
  return { sha256: hasher.digest(), md5: hasher.md5?.() };
};
