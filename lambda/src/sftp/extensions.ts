import type { SFTPWrapper } from "ssh2";
import type { Channel } from "./channel.ts";
import { RemoteError } from "./errors.ts";
import type { Settle } from "./requests.ts";

/** OpenSSH's extended requests (its PROTOCOL, section 4), as far as a server advertises them. */

const offered = async <T>(
  channel: Channel,
  action: string,
  path: string,
  send: (sftp: SFTPWrapper, settle: Settle<T>) => void,
): Promise<{ readonly value: T } | undefined> => {
  try {
    return { value: await channel.request<T>(action, path, send) };
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    // ssh2 throws before it sends anything if the extension wasn't advertised.
    const unsent = error.cause instanceof Error && /does not support this extended request/i.test(error.cause.message);
    if (unsent || error.kind === "unsupported") return undefined;
    throw error;
  }
};

/** posix-rename@openssh.com: renames over whatever is there. False if the server doesn't offer it. */
export const posixRename = async (channel: Channel, from: string, to: string): Promise<boolean> =>
  (await offered<void>(channel, `rename to ${JSON.stringify(to)}`, from, (sftp, settle) =>
    sftp.ext_openssh_rename(from, to, (error) => settle(error, undefined)),
  )) !== undefined;

/** fsync@openssh.com: makes a file durable. False if the server doesn't offer it. */
export const fsync = async (channel: Channel, handle: Buffer, path: string): Promise<boolean> =>
  (await offered<void>(channel, "make durable", path, (sftp, settle) =>
    sftp.ext_openssh_fsync(handle, (error) => settle(error, undefined)),
  )) !== undefined;

/** statvfs@openssh.com: is no block left for the user? Undefined if the server doesn't say. */
export const isDiskFull = async (channel: Channel, path: string): Promise<boolean | undefined> => {
  const answer = await offered<{ readonly f_bavail: number; readonly f_favail: number; readonly f_files: number }>(
    channel,
    "ask for free space",
    path,
    (sftp, settle) => sftp.ext_openssh_statvfs(path, settle),
  );
  return answer && (answer.value.f_bavail === 0 || (answer.value.f_files > 0 && answer.value.f_favail === 0));
};
