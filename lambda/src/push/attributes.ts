/** Permissions and time of an upload (`push.mode`, `push.keep_mtime`), before anybody sees it. */
import type { OpenObject } from "../s3/objects.ts";
import { isRefusal } from "../sftp/errors.ts";
import type { RemoteStat } from "../sftp/remote.ts";
import type { PushContext } from "./context.ts";

/** When the source was changed, in seconds: by its metadata, as a pull and rclone write it, else when it was put. */
export const mtimeOf = ({ metadata, lastModified }: OpenObject): number => {
  const given = Math.floor(Number(metadata["mtime"]));
  return given > 0 && given < 2 ** 32 ? given : Math.floor(lastModified / 1000);
};

/**
 * Sets what the stream asks for, and returns what the file is known by then. Servers may refuse it: that is logged, and the file
 * goes all the same.
 */
export const setAttributes = async (
  path: string,
  source: OpenObject,
  closed: RemoteStat | undefined,
  { push: { mode, keepMtime }, remote, log, traits }: PushContext,
): Promise<RemoteStat | undefined> => {
  const mtime = keepMtime ? mtimeOf(source) : undefined;
  if ((mode === undefined && mtime === undefined) || traits.can("set_attributes") === false) return closed;
  try {
    await remote.setAttributes(path, { mode, mtime });
  } catch (error) {
    if (!isRefusal(error)) throw error;
    log.warn(
      "The server doesn't set a file's permissions or time (push.mode, push.keep_mtime); the file is sent without",
      {
        error,
      },
    );
    return closed;
  }
  return closed && mtime !== undefined ? { ...closed, mtime } : closed;
};
