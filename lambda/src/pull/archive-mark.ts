/** Which archive an object says that it was inside of. */
import { createHash } from "node:crypto";
import { isArchive, type PullConfig } from "../config/types.ts";
import type { Entry } from "../journal/entry.ts";
import { isUnreadable } from "../s3/missing.ts";
import type { ObjectPlace } from "../s3/objects.ts";
import { unfitOf } from "../staging/bounds.ts";
import { shown } from "../transfer/fill-template.ts";
import { joinRemote } from "../transfer/paths.ts";
import type { PullContext } from "./context.ts";
import { closedPaths, isOwnDirectory } from "./opened-path.ts";

/** Metadata of an object that was inside an archive. */
export const archiveMark = "archive";

/** Of an archive at the partner, by its whole path there. */
export const markOf = (location: string): string => createHash("sha256").update(location).digest("hex").slice(0, 32);

/** The archive at the partner that the object of this path below the prefix was inside of, where that can be told. */
export const archiveOfMark = (pull: PullConfig, path: string, mark: string | undefined): string | undefined =>
  closedPaths(pull, path)
    .map((closed) => joinRemote(pull.directory, closed))
    .find((location) => markOf(location) === mark);

/** Metadata of what lies under a key, as far as that may be read. */
export const markedAt = async (
  place: ObjectPlace,
  { objects }: Pick<PullContext, "objects">,
): Promise<Readonly<Record<string, string>> | undefined> => {
  try {
    return (await objects.head(place))?.metadata;
  } catch (error) {
    if (isUnreadable(error)) return undefined;
    throw error;
  }
};

/** A file that is packed alone doesn't take the place of one that came in an archive. Throws UnfitError. */
export const assertOutside = async (
  what: string,
  { stream }: Pick<Entry, "stream">,
  place: ObjectPlace,
  context: Pick<PullContext, "objects" | "pull">,
): Promise<void> => {
  const { pull } = context;
  if (!pull.extract?.formats.some(isArchive) || !isOwnDirectory(pull.extract)) return;
  const found = await markedAt(place, context);
  const mark = found?.[archiveMark];
  if (found?.["synched-by"] !== stream || mark === undefined) return;
  const other = archiveOfMark(pull, place.key.slice(pull.prefix.length), mark);
  throw unfitOf(what)(
    `would replace s3://${place.bucket}/${place.key}, which came in an archive${other === undefined ? "" : `, ${shown(other)}`}. Have the partner rename one of the two, then bridge redrive`,
  );
};
