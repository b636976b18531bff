import type { DrainDeps } from "../../../lambda/src/drain/deps.ts";
import { openRemote } from "../../../lambda/src/sftp/open.ts";

/** For the `connect` of a run: connections to the server that the stream names, instead of the disk in memory. */
export const overSsh: DrainDeps["connect"] = ({ sftp }, signal) => openRemote(sftp, { password: "secret" }, { signal });
