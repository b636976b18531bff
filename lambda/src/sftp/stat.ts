import { noAnswer } from "./attributes.ts";
import { type Channel, openFlags, wholePages } from "./channel.ts";
import { isPassedOver, isRefusal } from "./errors.ts";
import { readNames } from "./names.ts";
import type { RemoteStat } from "./remote.ts";
import { statusCode, statusEof } from "./status.ts";

/**
 * The first of the looks that is answered. That nothing is there is an answer; a refusal, or FAILURE, is none, and neither are
 * attributes that tell nothing: some servers give those for every name.
 */
const firstAnswer = async (...looks: (() => Promise<RemoteStat>)[]): Promise<RemoteStat | undefined> => {
  for (const look of looks) {
    try {
      const stat = await look();
      if (stat.kind !== undefined || stat.size !== undefined || stat.mtime !== undefined) return stat;
    } catch (error) {
      if (isPassedOver(error)) continue;
      if (!isRefusal(error)) throw error;
      if (error.kind === "missing") return undefined;
    }
  }
  return noAnswer;
};

/** STAT, which follows a symbolic link, else LSTAT; undefined if there is nothing, `noAnswer` if both are refused. */
export const statOf = (channel: Channel, path: string): Promise<RemoteStat | undefined> =>
  firstAnswer(
    () => channel.stat(path),
    () => channel.lstat(path),
  );

/** LSTAT, else STAT; undefined if there is nothing, `noAnswer` if both are refused. */
export const lookAt = (channel: Channel, path: string): Promise<RemoteStat | undefined> =>
  firstAnswer(
    () => channel.lstat(path),
    () => channel.stat(path),
  );

/** Does a look show that something is there? False also where none is answered. */
export const isSeen = async (channel: Channel, path: string): Promise<boolean> => {
  const stat = await lookAt(channel, path);
  return stat !== undefined && stat !== noAnswer;
};

/**
 * Can it be opened as a directory? False also where nothing is there; undefined where the server won't have it opened, which
 * says nothing.
 */
export const opensAsDirectory = async (channel: Channel, path: string): Promise<boolean | undefined> => {
  try {
    const handle = await channel.opendir(path, path);
    channel.closeHandle(handle, path).catch(() => {});
    return true;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return error.kind === "permission" ? undefined : false;
  }
};

/** What reading its start gives: bytes, or its end at once; undefined if it is refused, as that of a directory is, though some let it be opened. */
export const readStart = async (channel: Channel, path: string): Promise<"bytes" | "end" | undefined> => {
  try {
    const handle = await channel.open("open for reading", path, openFlags.read);
    const close = () => void channel.closeHandle(handle, path).catch(() => {});
    return (await channel.read(handle, path, Buffer.alloc(wholePages(1)), 0).finally(close)) > 0 ? "bytes" : "end";
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return undefined;
  }
};

/** Does its list begin with an entry? One that isn't answered, or refused, may have some. */
export const hasEntries = async (channel: Channel, path: string): Promise<boolean> => {
  try {
    const handle = await channel.opendir(path, path);
    const close = () => void channel.closeHandle(handle, path).catch(() => {});
    const names = readNames(await channel.readdir(handle, path).finally(close));
    return names.some(({ filename }) => filename !== "." && filename !== "..");
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return statusCode(error) !== statusEof;
  }
};

/** Is it a directory? Undefined if nothing is there, or nobody says. */
export const isDirectory = async (channel: Channel, path: string): Promise<boolean | undefined> => {
  const stat = await statOf(channel, path);
  if (stat === undefined) return undefined;
  // Some tell no type, or that of a file for everything.
  if (stat.kind === "directory" || (await opensAsDirectory(channel, path)) === true) return true;
  return stat === noAnswer ? undefined : false;
};
