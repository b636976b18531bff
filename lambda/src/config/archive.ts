/** `pull.archive`, as the document has it: where pulled files are moved to, and what they are called there. */
import * as v from "valibot";
import { belowOf } from "./below.ts";
import { object, present, text } from "./fields.ts";
import { freeTemplate, withoutNumbers } from "./names.ts";
import { remoteDirectory } from "./side.ts";
import type { PullArchive } from "./types.ts";

export const archive = v.pipe(
  object({
    directory: v.nullish(v.pipe(text, remoteDirectory)),
    name: v.nullish(v.pipe(freeTemplate, withoutNumbers)),
  }),
  v.check(({ directory, name }) => directory != null || name != null, "needs a directory or a name"),
  v.forward(
    v.check(
      ({ directory, name }) => directory != null || !name?.startsWith("{dir}"),
      'has "{dir}", and without a directory of the archive files lie in .done beside their own place',
    ),
    ["name"],
  ),
  v.transform(({ directory, name }): PullArchive => ({ ...present("directory", directory), ...present("name", name) })),
);

/** Would what lies in the archive be polled, as far as the two names tell? An archive inside of the polled directory is left out of polls. */
export const faultOfArchive = (directory: string, archive: PullArchive | undefined): string | undefined => {
  const at = archive?.directory;
  if (at === undefined) return undefined;
  if (at.startsWith("/") !== directory.startsWith("/"))
    return "has a directory from the root where pull.sftp is below the log-in directory, or the other way round: whether one lies in the other can't be told";
  if (belowOf(at, directory) !== undefined)
    return "has a directory that is the polled one or lies around it: what is moved there would be polled";
  return at.split("/").includes(".done") ? "has a directory in .done, where what nobody knows is purged" : undefined;
};
