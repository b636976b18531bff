/** What is asked about a file that is open for reading: at first, and again when it was read. */
import { noAnswer } from "./attributes.ts";
import type { Connection } from "./connection.ts";
import { ifRefused } from "./errors.ts";
import type { RemoteStat } from "./remote.ts";
import { statOf } from "./stat.ts";

export interface Looks {
  /** FSTAT when it was opened. */
  readonly atOpen: Promise<RemoteStat>;
  /** Sends the looks after the read right away: asked for later, their answers would stand behind those of all other files' READs. */
  sendEarly(): void;
  /** FSTAT now. `early`: the one that was sent right away will do, if it was answered. */
  handle(early: boolean): Promise<RemoteStat>;
  /** STAT now; undefined if nothing is there. */
  path(early: boolean): Promise<RemoteStat | undefined>;
}

/** Looks at the open file; the first is on its way at once. One that is refused tells nothing, as some servers have no FSTAT. */
export const createLooks = ({ main }: Connection, handle: Buffer, path: string): Looks => {
  const fstat = () => main.fstat(handle, path).catch(ifRefused(noAnswer));
  const atOpen = fstat();
  atOpen.catch(() => {});
  let earlyHandle: Promise<RemoteStat> | undefined;
  let earlyPath: Promise<RemoteStat | undefined> | undefined;

  return {
    atOpen,
    sendEarly() {
      earlyHandle = fstat();
      earlyHandle.catch(() => {});
      earlyPath = statOf(main, path);
      earlyPath.catch(() => {});
    },
    async handle(early) {
      const sent = early ? earlyHandle : undefined;
      earlyHandle = undefined;
      return await (sent ?? fstat());
    },
    async path(early) {
      const sent = early ? earlyPath : undefined;
      earlyPath = undefined;
      return await (sent ?? statOf(main, path));
    },
  };
};
