import type { FileEntryWithStats } from "ssh2";
import { isComplete, toStat } from "./attributes.ts";
import type { Connection } from "./connection.ts";
import type { RemoteError } from "./errors.ts";
import type { RemoteEntry } from "./remote.ts";
import { lookAt } from "./stat.ts";
import { remoteError, statusCode, statusEof } from "./status.ts";

/** A first answer with this many names means a large directory. */
const largeBatch = 32;
/** Answers without names that are borne, one after the other. */
const patience = 1000;

/**
 * A directory's entries, in the server's batches and order, without `.` and `..` (which ssh2 takes out). READDIRs are sent ahead of their
 * answers: two at first, since most directories fit in one answer, then up to `readdirs` at once; never more than that
 * many answers wait to be taken. Entries without size or type are asked for again by LSTAT; the long name is not read.
 */
export async function* listDirectory(
  connection: Connection,
  directory: string,
): AsyncGenerator<readonly RemoteEntry[]> {
  const { main, limits, partner } = connection;
  const path = directory === "" ? "." : directory;
  const deed = { partner, action: "list", path: directory };
  const handle = await main.request<Buffer>("list", directory, (sftp, settle) => sftp.opendir(path, settle));

  const answers: Promise<readonly FileEntryWithStats[] | undefined>[] = [];
  let allowed = 2;
  let ended = false;
  let empty = 0;

  const ask = async () => {
    try {
      const entries = await main.request<readonly FileEntryWithStats[]>("list", directory, (sftp, settle) =>
        sftp.readdir(handle, settle),
      );
      allowed = Math.min(limits.readdirs, entries.length >= largeBatch ? limits.readdirs : allowed * 2);
      return entries;
    } catch (error) {
      if (statusCode((error as RemoteError).cause) !== statusEof) throw error;
      ended = true;
      return undefined;
    }
  };

  try {
    for (;;) {
      while (!ended && answers.length < allowed) {
        const answer = ask();
        answer.catch(() => {});
        answers.push(answer);
      }
      const answer = answers.shift();
      if (answer === undefined) return;
      const names = await answer;
      if (names === undefined) continue;
      empty = names.length === 0 ? empty + 1 : 0;
      if (empty > patience) throw remoteError("failure", deed, "the server sends empty lists without end");
      const entries = await Promise.all(
        names.map(async ({ filename, attrs }): Promise<RemoteEntry | undefined> => {
          if (isComplete(attrs)) return { name: filename, ...toStat(attrs) };
          if (filename.includes("/")) return { name: filename, ...toStat(attrs) };
          const at = directory === "" ? filename : `${directory.replace(/\/$/, "")}/${filename}`;
          const stat = await lookAt(main, at);
          return stat && { name: filename, ...stat };
        }),
      );
      const present = entries.filter((entry) => entry !== undefined);
      if (present.length > 0) yield present;
    }
  } finally {
    main.closeHandle(handle, directory).catch(() => {});
  }
}
