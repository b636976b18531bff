/** Where files of a directory are moved to once they are in S3, and what of that a poll must not look into. */
import { belowOf } from "../config/below.ts";
import type { PullConfig } from "../config/types.ts";
import { joinRemote } from "../transfer/paths.ts";
import { doneDirectory, looselySpelled } from "./identity.ts";

/** The directory for the files of `directory`, which is the polled one or lies in it. */
export const archiveOf = ({ archive, directory: root }: PullConfig, directory: string): string => {
  if (archive?.directory === undefined) return joinRemote(directory, doneDirectory);
  const below = belowOf(root, directory) ?? "";
  return below === "" ? archive.directory : joinRemote(archive.directory, below);
};

const spelled = (path: string): string => path.split("/").map(looselySpelled).join("/");

/** For the directories of a poll, by their path below the polled one: whether each is the archive, and why one that only looks so isn't looked into. */
export const archiveAmong = ({ archive, directory: root }: PullConfig) => {
  const at = archive?.directory === undefined ? undefined : belowOf(root, archive.directory);
  return {
    is: (path: string): boolean => path === at,
    fault: (path: string): string | undefined =>
      at !== undefined && path !== at && spelled(path) === spelled(at)
        ? `is spelled almost like the archive, ${JSON.stringify(at)} (pull.archive.directory), which to some servers is the same: what was moved there would be pulled again. Write the archive as the server lists it, or have the partner rename the directory`
        : undefined,
  };
};
