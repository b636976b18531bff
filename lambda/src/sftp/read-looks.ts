/** What is asked about a file that is open for reading: at first, and again when it was read. */
import type { Connection } from "./connection.ts";
import { RemoteError } from "./errors.ts";
import type { RemoteStat } from "./remote.ts";
import { statOf } from "./stat.ts";

export interface Looks {
  /** FSTAT when it was opened; STAT where a server has no FSTAT. */
  readonly atOpen: Promise<RemoteStat>;
  /** Sends the looks after the read right away: asked for later, their answers would stand behind those of all other files' READs. */
  sendEarly(): void;
  /** FSTAT now, or STAT. `early`: the one that was sent right away will do, if it was answered. */
  handle(early: boolean): Promise<RemoteStat>;
  /** STAT now; undefined if nothing is there. */
  path(early: boolean): Promise<RemoteStat | undefined>;
}

/** Looks at the open file; the first is on its way at once. */
export const createLooks = ({ main }: Connection, handle: Buffer, path: string): Looks => {
  const fstat = () => main.fstat(handle, path);
  const first = fstat();
  first.catch(() => {});
  let earlyHandle: Promise<RemoteStat> | undefined;
  let earlyPath: Promise<RemoteStat | undefined> | undefined;

  return {
    // Some servers have no FSTAT.
    atOpen: first.catch((error: unknown) => {
      if (error instanceof RemoteError && error.kind !== "lost") return main.stat(path);
      throw error;
    }),
    sendEarly() {
      earlyHandle = fstat();
      earlyHandle.catch(() => {});
      earlyPath = statOf(main, path);
      earlyPath.catch(() => {});
    },
    async handle(early) {
      const sent = early ? earlyHandle : undefined;
      earlyHandle = undefined;
      return (await sent?.catch(() => undefined)) ?? (await fstat().catch(() => main.stat(path)));
    },
    async path(early) {
      const sent = early ? earlyPath : undefined;
      earlyPath = undefined;
      return await (sent ?? statOf(main, path));
    },
  };
};
