import { openFlags } from "./channel.ts";
import type { Connection } from "./connection.ts";
import { type Directories, parentOf } from "./directories.ts";
import { explainFullDisk } from "./disk-full.ts";
import { RemoteError } from "./errors.ts";
import { openHandle } from "./open-handle.ts";
import type { WriteOptions } from "./remote.ts";
import { lookAt } from "./stat.ts";
import { remoteError } from "./status.ts";

const flags: Readonly<Record<WriteOptions["mode"], number>> = {
  create: openFlags.write | openFlags.create | openFlags.exclusive,
  replace: openFlags.write | openFlags.create | openFlags.truncate,
  resume: openFlags.write,
};

/** Longest name that common file systems take. Bytes. */
const maxNameBytes = 255;

/** OPEN's refusal, as exactly as the server's side can be made to tell. */
const explain = async (
  connection: Connection,
  directories: Directories,
  path: string,
  mode: WriteOptions["mode"],
  error: unknown,
) => {
  if (!(error instanceof RemoteError)) return error;
  const deed = { partner: connection.partner, action: "open for writing", path };
  if (error.kind === "missing") {
    directories.forget(parentOf(path));
    return mode === "resume" ? error : remoteError("missing", deed, "its directory is not there", undefined, error);
  }
  if (error.kind !== "failure") return error;
  if (mode === "create" && (await lookAt(connection.main, path).catch(() => undefined)) !== undefined)
    return remoteError("exists", deed, "that name is taken", undefined, error);
  if (Buffer.byteLength(path.slice(path.lastIndexOf("/") + 1)) > maxNameBytes)
    return remoteError(
      "failure",
      deed,
      `the name has more than ${maxNameBytes} bytes`,
      "Most servers take no longer ones",
      error,
    );
  return await explainFullDisk(connection, path, error);
};

/**
 * OPEN for writing, with one of the connection's handles, which `close` of the lanes gives back. Throws `exists` if a file
 * that should be created is there, and `missing` if its directory isn't.
 */
export const openForWriting = async (
  connection: Connection,
  directories: Directories,
  path: string,
  mode: WriteOptions["mode"],
): Promise<Buffer> => {
  try {
    return await openHandle(connection, () => connection.main.open("open for writing", path, flags[mode]));
  } catch (error) {
    throw await explain(connection, directories, path, mode, error);
  }
};
