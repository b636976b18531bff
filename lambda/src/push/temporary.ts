/** Temporary files of uploads: each is recorded before it is made, and only recorded ones are ever removed. */

import type { PushConfig } from "../config/types.ts";
import type { Progress } from "../journal/entry.ts";
import { ifRefused, isRefusal } from "../sftp/errors.ts";
import { believed } from "../sftp/hidden.ts";
import type { Remote } from "../sftp/remote.ts";
import { directoryOf, isTemporary, joinRemote, nameOf, temporaryPathFor } from "../transfer/paths.ts";
import type { PushContext } from "./context.ts";

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

/**
 * Removes what earlier attempts have left. Partners that let nobody remove take files all the same, so a refusal keeps no file from
 * being sent: what stays is told, and returned.
 */
export const removeAll = async (
  { remote, log, stream }: Pick<PushContext, "remote" | "log" | "stream">,
  paths: readonly string[],
): Promise<string[]> => {
  const left: string[] = [];
  for (const path of paths) {
    try {
      // What was never made, or has gone, isn't asked for: where a REMOVE has no answer, that would go on for ever.
      if ((await believed(remote, path, await remote.lstat(path))) === undefined) continue;
      await remote.remove(path);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if ((await remote.lstat(path)) === undefined) continue; // the refusal was of the request alone
      log.warn("A temporary file of an earlier attempt can't be removed, and stays: let the partner remove it", {
        stream: stream.name,
        path,
        error,
      });
      left.push(path);
    }
  }
  return left;
};

/** Gives what an earlier attempt has left the name of a fresh upload; false where that is refused, too. */
export const reuse = (left: string, path: string, { remote }: Pick<PushContext, "remote">): Promise<boolean> =>
  remote.move(left, path).catch(ifRefused(false));

/** The same where it only tidies up: the record stays, and the next attempt tries again. */
export const tryToRemove = async (remote: Remote, path: string): Promise<void> => {
  if (remote.lost.aborted) return;
  await remote.remove(path).catch(() => {});
};

/** Partners often let nobody read what was delivered: that says nothing of the file. */
export const unlessReadable = ifRefused(undefined);
