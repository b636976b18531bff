import type { Channel } from "./channel.ts";
import { RemoteError } from "./errors.ts";
import type { RemoteStat } from "./remote.ts";

const unlessMissing = async (stat: Promise<RemoteStat>): Promise<RemoteStat | undefined> => {
  try {
    return await stat;
  } catch (error) {
    if (error instanceof RemoteError && error.kind === "missing") return undefined;
    throw error;
  }
};

/** STAT, which follows a symbolic link; undefined if there is nothing. */
export const statOf = (channel: Channel, path: string): Promise<RemoteStat | undefined> =>
  unlessMissing(channel.stat(path));

/** LSTAT, undefined if there is nothing. */
export const lookAt = (channel: Channel, path: string): Promise<RemoteStat | undefined> =>
  unlessMissing(channel.lstat(path));
