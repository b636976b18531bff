import type { Connection } from "./connection.ts";
import { parentOf } from "./directories.ts";
import type { RemoteError } from "./errors.ts";
import { isDiskFull } from "./extensions.ts";
import { remoteError } from "./status.ts";

/** OpenSSH says "Failure" when the disk is full: asks how much room is left. */
export const explainFullDisk = async (
  { main, partner }: Connection,
  path: string,
  error: RemoteError,
): Promise<RemoteError> => {
  if (error.kind !== "failure") return error;
  const isFull = await isDiskFull(main, parentOf(path) || ".").catch(() => undefined);
  return isFull === true
    ? remoteError("full", { partner, action: "write", path }, "no space is left", undefined, error)
    : error;
};
