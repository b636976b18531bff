import { isRefusal, RemoteError } from "../sftp/errors.ts";
import type { PullContext } from "./context.ts";
import { mayBe } from "./identity.ts";
import { isThere } from "./there.ts";

/** Removes the partner's file, and looks whether it has gone: some servers answer OK and do nothing. Throws RemoteError. */
export const removeSource = async (path: string, identity: string, { remote }: PullContext): Promise<void> => {
  const asked = remote.remove(path).then(
    (was) => (was ? "OK" : "that there is no such file"),
    (error: unknown) => ({ error }),
  );
  // Sent together: where the server answers in order, looking costs no round trip.
  const [answer, early] = await Promise.all([asked, remote.stat(path)]);
  if (early === undefined) return;
  // One that was never answered takes the connection along: nothing more is told over that.
  if (typeof answer !== "string" && !isRefusal(answer.error)) throw answer.error;
  const there = await remote.stat(path);
  if (there !== undefined && !mayBe(there, identity)) return; // another one was put there
  if (there === undefined || !(await isThere(remote, path))) return;
  if (typeof answer !== "string") throw answer.error;
  throw new RemoteError(
    "failure",
    `${remote.partner}: cannot remove ${JSON.stringify(path)}: the server answers ${answer}, and the file is still there. Ask the partner whether the user may delete; a stream that leaves files where they are has pull.after = "keep".`,
    { path },
  );
};
