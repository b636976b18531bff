import type { PullConfig } from "../config/types.ts";
import type { Entry } from "../journal/entry.ts";
import type { ObjectPlace } from "../s3/objects.ts";
import { placeOfStaged } from "../staging/staged.ts";
import type { TransferContext } from "../transfer/context.ts";
import { keyFor } from "../transfer/paths.ts";
import { archiveFormatOf, openedPath } from "./opened-path.ts";

export interface PullContext extends TransferContext {
  readonly pull: PullConfig;
}

/** Where a version of an entry's file goes, of itself the one that is being moved: as it was decided for it, else as its path says. Throws RefusedError. */
export const destinationOf = (
  { path, target, progress, marker_of }: Pick<Entry, "path" | "target" | "progress" | "marker_of">,
  { stream, pull }: Pick<PullContext, "stream" | "pull">,
  identity = progress?.identity,
): ObjectPlace => {
  const isNamed = target !== undefined && target.identity === identity;
  const key = isNamed
    ? keyFor(stream.name, pull.prefix, target.path)
    : openedKey(stream.name, pull, { path, marker_of });
  return { bucket: pull.bucket, key };
};

/** The key that a file gets; of an archive of many files the beginning of theirs, with a slash at its end. Throws RefusedError. */
export const openedKey = (stream: string, pull: PullConfig, named: Pick<Entry, "path" | "marker_of">): string => {
  const path = openedPath(stream, pull, named);
  const isDirectory = archiveFormatOf(stream, pull, named) !== undefined;
  if (!isDirectory) return keyFor(stream, pull.prefix, path);
  // As if it were that of a file of one letter.
  return keyFor(stream, pull.prefix, `${path}x`).slice(0, -1);
};

/** Where its bytes are copied to: there, or, where they are changed on their way, below the staging prefix. */
export const copyPlaceOf = (
  entry: Pick<Entry, "progress">,
  final: ObjectPlace,
  context: Pick<PullContext, "staging">,
): ObjectPlace => (entry.progress?.staged === undefined ? final : placeOfStaged(entry.progress.staged, context));
