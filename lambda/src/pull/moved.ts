/** Whether a file that was moved to `.done` is the one whose copy is in S3. */
import type { Entry } from "../journal/entry.ts";
import { agree } from "../sftp/attributes.ts";
import type { RemoteStat } from "../sftp/remote.ts";
import { hashOfRemote } from "../transfer/hash-remote.ts";
import type { PullContext } from "./context.ts";
import { mayBe } from "./identity.ts";

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
  context: PullContext,
): Promise<boolean> => {
  if (!progress || mayBe(arrived, progress.identity)) return true;
  const { size, mtime } = progress;
  const { bytes = 0, sha256 } = progress.pulled ?? progress;
  if (arrived.kind !== undefined && arrived.kind !== "file") return false;
  // A copy's time is never before its original's.
  if (!agree({ ...arrived, mtime: undefined }, { size, mtime: undefined }) || (arrived.mtime ?? 0) < (mtime ?? 0))
    return false;
  if (bytes > readAgainAtMost || sha256 === undefined) return true;
  const found = await hashOfRemote(path, context, size);
  return found === undefined || found === sha256; // undefined: taken by the partner, and not left where it would be purged
};
