/** Servers that won't open a file that is there (`upload = "direct"`). */
import { toldAnything } from "../sftp/attributes.ts";
import { ifRefused, isRefusal } from "../sftp/errors.ts";
import { saysInUse, saysLimit } from "../sftp/status.ts";
import { OldBytes } from "../transfer/errors.ts";
import type { PushContext } from "./context.ts";

/** Refusals that have nothing to do with what is there. */
const others: readonly string[] = ["full", "missing", "busy"];

/**
 * Some won't open a file that is there, and let it be removed (`AllowOverwrite off` of ProFTPD): then that is done. Throws
 * OldBytes once it is removed, so that the file is sent again at once.
 */
export const makeRoom = async (error: unknown, path: string, { remote, stream }: PushContext): Promise<void> => {
  if (!isRefusal(error) || others.includes(error.kind) || saysInUse(error) || saysLimit(error)) return;
  const there = await remote.lstat(path);
  if (there === undefined || !toldAnything(there) || there.kind === "directory") return;
  const isRemoved = await remote.remove(path).catch(ifRefused(false));
  if (isRemoved)
    throw new OldBytes(
      `Stream ${stream.name}: the server won't open ${path} to be replaced, so it was removed first: ${error.message}`,
    );
};
