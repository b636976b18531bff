import { openRemote } from "../../../lambda/src/sftp/open.ts";
import type { DrainDeps } from "../../../lambda/src/transfer/drain.ts";

/** For the `connect` of a run: connections to the server that the stream names, instead of the disk in memory. */
export const overSsh: DrainDeps["connect"] = ({ sftp }, signal) => openRemote(sftp, { password: "secret" }, { signal });
