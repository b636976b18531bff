/** Temporary files of uploads: each is recorded before it is made, and only recorded ones are ever removed. */
import type { Progress } from "../journal/entry.ts";
import type { Remote } from "../sftp/remote.ts";

/** Every temporary file that an unfinished upload has recorded. */
export const temporariesOf = (progress: Progress | undefined): string[] =>
  progress === undefined ? [] : [...(progress.path === undefined ? [] : [progress.path]), ...(progress.litter ?? [])];

export const removeAll = async (remote: Remote, paths: readonly string[]): Promise<void> => {
  for (const path of paths) await remote.remove(path);
};

/** The same where it only tidies up: the record stays, and the next attempt tries again. */
export const tryToRemove = async (remote: Remote, path: string): Promise<void> => {
  if (remote.lost.aborted) return;
  await remote.remove(path).catch(() => {});
};
