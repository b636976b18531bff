import type { TransferContext } from "./context.ts";
import { lightHasher } from "./hash.ts";

/** SHA-256 of the partner's file, hexadecimal; undefined if it isn't there. `size` in bytes, if it is known. Throws RemoteError. */
export const hashOfRemote = async (
  path: string,
  { remote, signal }: Pick<TransferContext, "remote" | "signal">,
  size?: number,
): Promise<string | undefined> => {
  const reader = await remote.openRead(path, size === undefined ? undefined : { size });
  if (!reader) return undefined;
  try {
    const hasher = lightHasher();
    for await (const chunk of reader.chunks(0, { reuse: true })) {
      signal.throwIfAborted();
      hasher.update(chunk);
    }
    return hasher.digest();
  } finally {
    void reader.close().catch(() => {});
  }
};
