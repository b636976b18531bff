/** Whether a file is at the partner, by whatever the server answers. */
import { toldAnything } from "../sftp/attributes.ts";
import { RemoteError } from "../sftp/errors.ts";
import type { Remote } from "../sftp/remote.ts";
import { directoryOf, nameOf } from "../transfer/paths.ts";

/** Does its directory's listing show it? Throws RemoteError if it can't be listed. */
export const isListed = async (remote: Remote, location: string): Promise<boolean> => {
  const name = nameOf(location);
  try {
    for await (const batch of remote.list(directoryOf(location) || "."))
      if (batch.some((entry) => entry.name === name)) return true;
  } catch (error) {
    if (error instanceof RemoteError && error.kind === "missing") return false;
    throw error;
  }
  return false;
};

/** Is something there? By LSTAT, and where that isn't answered by the listing. Throws RemoteError. */
export const isThere = async (remote: Remote, location: string): Promise<boolean> => {
  const stat = await remote.lstat(location);
  return stat !== undefined && !toldAnything(stat) ? isListed(remote, location) : stat !== undefined;
};
