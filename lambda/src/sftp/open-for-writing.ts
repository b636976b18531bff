import { openFlags } from "./channel.ts";
import type { Connection } from "./connection.ts";
import { type Directories, parentOf } from "./directories.ts";
import { explainFullDisk } from "./disk-full.ts";
import { maxNameBytes } from "./entry-names.ts";
import { isPassedOver, RemoteError, risksOfDirect } from "./errors.ts";
import { openHandle } from "./open-handle.ts";
import type { WriteOptions } from "./remote.ts";
import { isSeen } from "./stat.ts";
import { remoteError, wordsOf } from "./status.ts";

const flags: Readonly<Record<WriteOptions["mode"], number>> = {
  create: openFlags.write | openFlags.create | openFlags.exclusive,
  replace: openFlags.write | openFlags.create | openFlags.truncate,
  resume: openFlags.write,
};

/** OPEN's refusal, as exactly as the server's side can be made to tell. */
const explain = async (
  connection: Connection,
  directories: Directories,
  path: string,
  mode: WriteOptions["mode"],
  error: RemoteError,
): Promise<RemoteError> => {
  const deed = { partner: connection.partner, action: "open for writing", path };
  if (error.kind === "missing") {
    directories.forget(parentOf(path));
    return mode === "resume" ? error : remoteError("missing", deed, "its directory is not there", undefined, error);
  }
  if (error.kind === "lost" || error.kind === "full") return error;
  if (error.kind !== "permission" && mode === "create" && (await isSeen(connection.main, path).catch(() => false)))
    return remoteError("exists", deed, "that name is taken", undefined, error);
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (Buffer.byteLength(name) > maxNameBytes)
    return remoteError(
      "failure",
      deed,
      `the name has more than ${maxNameBytes} bytes`,
      "Most servers take no longer ones",
      error,
    );
  if (mode === "create")
    return remoteError(
      error.kind,
      deed,
      wordsOf(error),
      `If the server lets the user write there, it may refuse the temporary name: upload = "direct" sends files under their own names, and then ${risksOfDirect}`,
      error,
    );
  return await explainFullDisk(connection, path, error);
};

/** Kinds of refusals that may be of CREAT|EXCL alone. */
const mayBeExclusive: readonly string[] = ["failure", "unsupported", "permission", "missing", "exists"];

/**
 * Makes a file that isn't there. Some servers refuse CREAT|EXCL with whatever status: then with CREAT|TRUNC, as all clients
 * send it. The name is nobody else's, and a look that shows something there is believed.
 */
const create = async (connection: Connection, path: string): Promise<Buffer> => {
  const { main, traits } = connection;
  const open = (how: number) => main.open("open for writing", path, how);
  /** The name is nobody's: where TRUNC isn't borne either, there is nothing to be emptied. */
  const openPlainly = () =>
    open(openFlags.write | openFlags.create | openFlags.truncate).catch((error: unknown) => {
      if (error instanceof RemoteError && error.kind === "unsupported") return open(openFlags.write | openFlags.create);
      throw error;
    });
  if (traits.can("exclusive_open") === false) return await openHandle(connection, openPlainly);
  return await openHandle(connection, async () => {
    try {
      return await open(flags.create);
    } catch (error) {
      // The connection has ended over it; the next attempt does without.
      if (isPassedOver(error) && traits.can("exclusive_open") === undefined)
        traits.learn("exclusive_open", false, error.message);
      if (!(error instanceof RemoteError) || !mayBeExclusive.includes(error.kind)) throw error;
      if (traits.can("exclusive_open") === true || (await isSeen(main, path).catch(() => false))) throw error;
      let handle: Buffer;
      try {
        handle = await openPlainly();
      } catch (second) {
        // That its directory isn't there says more than that the flags aren't borne.
        throw second instanceof RemoteError && (second.kind === "lost" || second.kind === "missing") ? second : error;
      }
      traits.learn("exclusive_open", false, error.message);
      return handle;
    }
  });
};

/**
 * OPEN for writing, with one of the connection's handles, which `close` of the stripes gives back. Throws `exists` if a file
 * that should be created is there, and `missing` if its directory isn't.
 */
export const openForWriting = async (
  connection: Connection,
  directories: Directories,
  path: string,
  mode: WriteOptions["mode"],
): Promise<Buffer> => {
  const { main } = connection;
  try {
    const handle =
      mode === "create"
        ? await create(connection, path)
        : await openHandle(connection, () => main.open("open for writing", path, flags[mode]));
    directories.saw(parentOf(path));
    return handle;
  } catch (error) {
    throw error instanceof RemoteError ? await explain(connection, directories, path, mode, error) : error;
  }
};
