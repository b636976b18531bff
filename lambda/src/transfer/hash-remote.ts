import type { TransferContext } from "./context.ts";
import { lightHasher } from "./hash.ts";

/**
 * SHA-256 of the partner's file, hexadecimal; undefined if it isn't there. `size` in bytes, if it is known; `sure`: another one
 * throws, whatever the server tells. Throws RemoteError.
 */
export const hashOfRemote = async (
  path: string,
  { remote, signal }: Pick<TransferContext, "remote" | "signal">,
  size?: number,
  sure = false,
): Promise<string | undefined> => {
  const reader = await remote.openRead(path, size === undefined ? undefined : { size, sure });
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
