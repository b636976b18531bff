/** Whether a file that was moved to `.done` is the one whose copy is in S3. */
import type { Entry } from "../journal/entry.ts";
import type { RemoteStat } from "../sftp/remote.ts";
import { quickHasher } from "../transfer/hash.ts";
import { identityOfFile } from "./identity.ts";
import type { PullContext } from "./pull.ts";

/** Larger files aren't read a second time: it could take longer than an invocation has. Bytes. */
const readAgainAtMost = 256 * 1024 * 1024;

/**
 * A rename leaves a file its time, except where the server copies to rename: AWS Transfer Family keeps its files in S3, where
 * the copy gets a time of its own (docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html, Last-Modified). Then the
 * bytes tell; of a very large file its size has to do.
 */
export const isWhatWasCopied = async (
  { progress }: Entry,
  path: string,
  arrived: RemoteStat,
  { remote, signal }: PullContext,
): Promise<boolean> => {
  if (!progress || identityOfFile(arrived) === progress.identity) return true;
  const { size, mtime, sha256 } = progress;
  // A copy's time is never before its original's.
  if (arrived.kind !== "file" || arrived.size !== size || arrived.mtime < (mtime ?? 0)) return false;
  if (size > readAgainAtMost) return true;
  const reader = await remote.openRead(path, { size });
  if (!reader) return true; // taken by the partner, and not left where it would be purged
  try {
    const hasher = quickHasher();
    for await (const chunk of reader.chunks(0, { reuse: true })) {
      signal.throwIfAborted();
      hasher.update(chunk);
    }
    return hasher.digest() === sha256;
  } finally {
    void reader.close().catch(() => {});
  }
};
