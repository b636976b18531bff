/**
 * OPEN and OPENDIR of what the server counts as open. Some let few be open at one time, don't say how many, and refuse one more as
 * if the file were at fault. So a refusal while others are open may be such a limit: it is tried again with fewer, and what was
 * learned of the limit stays with the partner's traits. A refusal that comes while nothing else is open is the file's own.
 */

import { setTimeout as sleep } from "node:timers/promises";
import { keptBy } from "../kept-by.ts";
import type { Connection } from "./connection.ts";
import { mayBeLimit, type RemoteError } from "./errors.ts";
import { type Deed, remoteError, saysLimit } from "./status.ts";

/** What is kept for each connection. */
interface Opens {
  /** Sent and not answered. */
  pending: number;
  /** Directories that are open and aren't counted among the handles. */
  directories: number;
  /** Refused files are tried again one after the other, so that it is known what helped. */
  turn: Promise<unknown>;
  /** Refusals that turned out to be the files' own, one after the other. */
  innocent: number;
}

/** Refusals that turn out to be the files' own so often are taken at their word. */
const doubts = 3;
/** How long a refused file waits for others to be closed: a large one may stay open for an hour. Milliseconds. */
const patience = 10_000;
const lookEvery = 10;
/** A limit that is told of is lowered to this often for one file: by then somebody else has all there is. */
const maxTurns = 30;

const opensFor = keptBy<Connection, Opens>(() => ({
  pending: 0,
  directories: 0,
  innocent: 0,
  turn: Promise.resolve(),
}));

/**
 * A handle that `open` asks for, counted: whoever closes it gives it back (`handles.give(1)`). Waits for others to be closed
 * where the server bears no more. Throws RemoteError.
 */
export const openHandle = async (connection: Connection, open: () => Promise<Buffer>): Promise<Buffer> => {
  const { handles, traits } = connection;
  const opens = opensFor(connection);

  const lower = (to: number, error: RemoteError) => {
    if (to >= handles.total) return;
    handles.resize(to);
    traits.lower("open_files", to, `one more was refused: ${error.message}`);
  };
  /** With ever fewer open, for which the others wait; with none at last. */
  const openWithFewer = async (before: number, refusal: RemoteError): Promise<Buffer> => {
    if (opens.innocent >= doubts) throw refusal;
    const all = handles.total;
    let lowered = false;
    try {
      for (let most = Math.floor(before / 2); ; most = Math.floor(most / 2)) {
        handles.resize(Math.max(1, most));
        const end = performance.now() + patience;
        while (handles.taken > most) {
          if (performance.now() > end) throw refusal;
          await sleep(lookEvery);
        }
        handles.force(1);
        try {
          const handle = await open();
          opens.innocent = 0;
          handles.resize(all);
          lower(before, refusal);
          lowered = true;
          return handle;
        } catch (error) {
          handles.give(1);
          if (!mayBeLimit(error)) throw error;
          if (most > 0) continue;
          opens.innocent++;
          throw error;
        }
      }
    } finally {
      if (!lowered) handles.resize(all);
    }
  };

  for (let turn = 0; ; turn++) {
    await handles.take(1);
    const { total } = handles;
    opens.pending++;
    const answer = await open().then(
      (handle) => ({ handle }),
      (error: unknown) => ({ error }),
    );
    opens.pending--;
    if ("handle" in answer) return answer.handle;
    const { error } = answer;
    handles.give(1);
    const others = handles.taken - opens.pending + opens.directories;
    const before = Math.max(1, others);
    if (!mayBeLimit(error) || handles.taken + opens.directories === 0 || turn >= maxTurns) throw error;
    // Others have found it out since.
    if (handles.total < total) continue;
    if (saysLimit(error)) {
      lower(Math.min(before, total - 1), error);
      continue;
    }
    const mine = opens.turn.then(() => (handles.total < total ? undefined : openWithFewer(before, error)));
    opens.turn = mine.catch(() => {});
    const handle = await mine;
    if (handle !== undefined) return handle;
  }
};

/**
 * OPENDIR. Few directories are open at one time, so that they aren't counted until the server is known to have a limit; from then
 * on each takes a place. One that runs ahead (not `patient`) gets none then: it would hold what others wait for. `closed` is to be
 * called once the handle is closed. Throws RemoteError.
 */
export const openListing = async (
  connection: Connection,
  opendir: () => Promise<Buffer>,
  { patient, deed }: { readonly patient: boolean; readonly deed: Deed },
): Promise<{ readonly handle: Buffer; closed(): void }> => {
  const { handles, traits } = connection;
  const opens = opensFor(connection);
  const counted = async () => ({ handle: await openHandle(connection, opendir), closed: () => handles.give(1) });
  if (traits.limit("open_files") !== undefined) {
    if (!patient) throw remoteError("failure", deed, "the server bears few open files");
    return counted();
  }
  const others = handles.taken + opens.directories;
  try {
    const handle = await opendir();
    opens.directories++;
    return { handle, closed: () => void opens.directories-- };
  } catch (error) {
    if (!mayBeLimit(error) || !patient || others === 0) throw error;
    return counted();
  }
};
