/** Whether an upload has its final name, where the rename itself didn't say so. */
import { type Entry, lastDelivery, type Progress } from "../journal/entry.ts";
import { agree } from "../sftp/attributes.ts";
import { hashOfRemote } from "../transfer/hash-remote.ts";
import type { PushContext } from "./context.ts";
import { unlessReadable } from "./temporary.ts";

/** SHA-256 of a remote file; undefined if it is gone or may not be read. */
const hashOf = (path: string, context: PushContext): Promise<string | undefined> =>
  hashOfRemote(path, context).catch(unlessReadable);

/**
 * Is the file under the final name the one that was about to be published? It has the size and the time that were
 * recorded. Where the version before has the same size, only the bytes tell: both may have been written within a second.
 */
export const isPublished = async (
  entry: Entry,
  progress: Progress,
  final: string,
  context: PushContext,
): Promise<boolean> => {
  const there = await context.remote.stat(final);
  if (!there || (there.size ?? progress.size) !== progress.size) return false;
  const isSameTime = agree(there, { size: progress.size, mtime: progress.mtime });
  // What isn't told can't tell it from the version before, or from another's file.
  const isTold = there.size !== undefined && there.mtime !== undefined && progress.mtime !== undefined;
  if (isSameTime && isTold && lastDelivery(entry)?.bytes !== progress.bytes) return true;
  // A server that copies to rename gives the copy a new time: then the bytes tell, as with a version of the same size.
  const isSame = (await hashOf(final, context)) === progress.sha256;
  if (isSame && !isSameTime)
    context.traits.learn("keeps_time", false, "a renamed file had a new time, and the same bytes");
  return isSame;
};
