/**
 * OPEN and OPENDIR of what the server counts as open. Some let few be open at one time, don't say how many, and refuse one more as
 * if the file were at fault. So a refusal while others are open may be such a limit: it is tried again with fewer, and what was
 * learned of the limit stays with the partner's traits. A refusal that comes while nothing else is open is the file's own.
 */
import type { Connection } from "./connection.ts";
import { RemoteError } from "./errors.ts";
import { saysLimit } from "./status.ts";

/** What is kept for each connection. */
interface Opens {
  /** Sent and not answered. */
  pending: number;
  /** Refusals that turned out to be the files' own, one after the other. */
  innocent: number;
}

const opensOf = new WeakMap<Connection, Opens>();

/** Refusals that turn out to be the files' own so often are taken at their word. */
const doubts = 3;
/** A limit that is told of is lowered to this often for one file: by then somebody else has all there is. */
const maxTurns = 30;

const mayBeLimit = (error: unknown): error is RemoteError =>
  error instanceof RemoteError && (error.kind === "failure" || error.kind === "permission" || error.kind === "busy");

/**
 * A handle that `open` asks for, counted: whoever closes it gives it back (`handles.give(1)`). Waits for others to be closed
 * where the server bears no more. Throws RemoteError.
 */
export const openHandle = async (connection: Connection, open: () => Promise<Buffer>): Promise<Buffer> => {
  const { handles, traits } = connection;
  const opens = opensOf.get(connection) ?? { pending: 0, innocent: 0 };
  opensOf.set(connection, opens);

  const lower = (to: number, error: RemoteError) => {
    if (to >= handles.total) return;
    handles.shrink(to);
    traits.lower("open_files", to, `one more was refused: ${error.message}`);
  };
  /** With nothing else open. The others wait meanwhile. */
  const openAlone = async (before: number, refusal: RemoteError): Promise<Buffer> => {
    const all = handles.total;
    await handles.take(all);
    try {
      const handle = await open();
      opens.innocent = 0;
      lower(before, refusal);
      handles.give(all - 1);
      return handle;
    } catch (error) {
      if (mayBeLimit(error)) opens.innocent++;
      handles.give(all);
      throw error;
    }
  };

  for (let turn = 0; ; turn++) {
    await handles.take(1);
    const { total } = handles;
    opens.pending++;
    try {
      return await open();
    } catch (error) {
      const others = handles.taken - 1;
      const before = Math.max(1, handles.taken - opens.pending);
      handles.give(1);
      if (!mayBeLimit(error) || others === 0 || turn >= maxTurns) throw error;
      // Others have found it out since.
      if (handles.total < total) continue;
      if (saysLimit(error)) lower(Math.min(before, total - 1), error);
      else if (opens.innocent < doubts) return await openAlone(before, error);
      else throw error;
    } finally {
      opens.pending--;
    }
  }
};
