import type { Channels } from "./channels.ts";
import type { Connection } from "./connection.ts";
import type { Directories } from "./directories.ts";
import { openForWriting } from "./open-for-writing.ts";
import { createWitness } from "./proof.ts";
import type { RemoteWriter, WriteOptions } from "./remote.ts";
import { severalHandles } from "./several-handles.ts";
import { createStripes } from "./stripes.ts";
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
  options: WriteOptions,
): Promise<RemoteWriter> => {
  const { mode, offset = 0, size = 0, care } = options;
  const handle = await openForWriting(connection, directories, path, mode);
  // A file that is written under its final name can't be fenced: one connection, so that nothing comes late from another.
  const alone = mode === "replace";
  const witness = createWitness();
  const several = severalHandles(connection, path, options, witness);
  const stripes = createStripes(connection, channels, path, handle, (_, place) => several.open(place), {
    alone,
    closing: witness.end,
  });
  return createWriter(connection, stripes, { path, offset, size, care, several, witness });
};
