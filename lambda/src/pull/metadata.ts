import type { Entry } from "../journal/entry.ts";
import type { ObjectPlace } from "../s3/objects.ts";
import { markFor } from "../transfer/origin-mark.ts";
import { versionOf } from "./identity.ts";

/** Metadata that says what an object is a copy of: after a lost answer it tells whether the object there is this one. */
export const metadataFor = (
  entry: Entry,
  place: ObjectPlace,
  identity: string,
  mode?: number,
): Record<string, string> => {
  const { mtime } = versionOf(identity);
  return {
    ...markFor(entry.stream, place),
    "sftp-version": identity,
    ...(entry.progress?.copy !== undefined && { "sftp-copy": entry.progress.copy }),
    // What the partner said of the file, as rclone and others name it.
    ...(mtime !== undefined && { mtime: String(mtime) }),
    ...(mode !== undefined && { mode: mode.toString(8).padStart(4, "0") }),
  };
};
