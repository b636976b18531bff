import { openFlags } from "./channel.ts";
import type { Channels } from "./channels.ts";
import type { Connection } from "./connection.ts";
import type { Directories } from "./directories.ts";
import { openForWriting } from "./open-for-writing.ts";
import type { RemoteWriter, WriteOptions } from "./remote.ts";
import { createLanes } from "./stripes.ts";
import { createWriter } from "./writer.ts";

/**
 * Opens a file for writing. Nothing but OPEN, WRITE and CLOSE is sent, since some servers refuse every SETSTAT. Throws
 * `exists` if a file that should be created is there, and `missing` if its directory isn't.
 */
export const openWrite = async (
  connection: Connection,
  channels: Channels,
  directories: Directories,
  path: string,
  { mode, offset = 0, size = 0 }: WriteOptions,
): Promise<RemoteWriter> => {
  const handle = await openForWriting(connection, directories, path, mode);
  // A file that is written under its final name can't be fenced: one connection, so that nothing comes late from another.
  const alone = mode === "replace";
  const lanes = createLanes(
    connection,
    channels,
    path,
    handle,
    (channel) => channel.open("open for writing", path, openFlags.write),
    { alone },
  );
  return createWriter(connection, lanes, { path, offset, size });
};
