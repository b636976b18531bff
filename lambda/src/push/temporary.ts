/** Temporary files of uploads: each is recorded before it is made, and only recorded ones are ever removed. */

import type { PushConfig } from "../config/types.ts";
import type { Progress } from "../journal/entry.ts";
import { isRefusal } from "../sftp/errors.ts";
import type { Remote } from "../sftp/remote.ts";
import { directoryOf, isTemporary, joinRemote, nameOf, temporaryPathFor } from "../transfer/paths.ts";

type WorkPlace = Pick<PushConfig, "workDirectory" | "directory" | "name">;

/** Where an upload lies until it gets its name: beside it, or in the stream's work directory. Names of a template may have directories of their own. */
export const uploadPathFor = (final: string, { workDirectory, directory, name }: WorkPlace, nonce: string): string => {
  const place = workDirectory ?? (name === undefined ? undefined : directory);
  return temporaryPathFor(place === undefined ? final : joinRemote(place, nameOf(final)), nonce);
};

/**
 * Every temporary file that an unfinished upload has recorded. A record that names anything else isn't ours, and nothing
 * is removed on its word.
 */
export const temporariesOf = (
  progress: Progress | undefined,
  final: string,
  { workDirectory, directory }: WorkPlace,
): string[] => {
  const places = [directoryOf(final), workDirectory, directory];
  return [...(progress?.path === undefined ? [] : [progress.path]), ...(progress?.litter ?? [])].filter(
    (path, index, all) =>
      isTemporary(nameOf(path)) && places.includes(directoryOf(path)) && all.indexOf(path) === index,
  );
};

/** Names of earlier temporary files that an entry holds; older ones can't be made any more by whoever chose them. */
export const maxLeftovers = 8;

export const removeAll = async (remote: Remote, paths: readonly string[]): Promise<void> => {
  for (const path of paths) await remote.remove(path);
};

/** The same where it only tidies up: the record stays, and the next attempt tries again. */
export const tryToRemove = async (remote: Remote, path: string): Promise<void> => {
  if (remote.lost.aborted) return;
  await remote.remove(path).catch(() => {});
};

/** Partners often let nobody read what was delivered: that says nothing of the file. */
export const unlessReadable = (error: unknown): undefined => {
  if (isRefusal(error)) return undefined;
  throw error;
};
