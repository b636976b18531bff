import { partnerOf, type StreamConfig } from "../config/types.ts";
import { type Entry, entryKey } from "../journal/entry.ts";
import type { Journal } from "../journal/journal.ts";
import type { RemoteEntry } from "../sftp/remote.ts";
import { identityOfFile } from "./identity.ts";

/** A file at the partner, and what the journal had of it when it was looked at. */
export interface FoundFile {
  /** Below the stream's directory; `location`: the whole path at the partner. */
  readonly path: string;
  readonly location: string;
  readonly file: Pick<RemoteEntry, "size" | "mtime">;
  readonly known: Entry | undefined;
  /** The listing shows again what couldn't be found when it was to be read. */
  readonly again?: boolean;
  /** Before that it isn't read. Milliseconds since the epoch. */
  readonly notBefore: number;
  /** An operator wants it once more, although it was delivered. */
  readonly isReplay?: boolean;
  /** It is the marker of these. */
  readonly markerOf?: readonly string[] | undefined;
}

/**
 * Writes this version of the file into the journal, to be pulled; undefined where another run has changed its entry since the
 * look: that run knows better.
 */
export const recordFile = (
  journal: Journal,
  stream: StreamConfig,
  { path, location, file, known, notBefore, again = false, isReplay = false, markerOf }: FoundFile,
): Promise<Entry | undefined> =>
  journal.know(
    {
      ...entryKey("pull", stream.name, location),
      direction: "pull",
      stream: stream.name,
      partner: partnerOf(stream.sftp),
      path,
      source_location: location,
      ...(markerOf && { marker_of: markerOf }),
      ...(isReplay && { replay: true }),
      source: {
        identity: identityOfFile(file),
        size: file.size,
        time: file.mtime === undefined ? notBefore : file.mtime * 1000,
      },
    },
    (found) => found.rev === known?.rev,
    { expected: known, notBefore, again },
  );
