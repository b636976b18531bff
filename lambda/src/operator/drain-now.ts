/** What became of the files that an operator asked for, once the drain has had its turn. */

import { whyClosed } from "../drain/windows.ts";
import { drainAll, type Invocation } from "../invocation.ts";
import type { Entry } from "../journal/entry.ts";
import { clearHealth } from "../journal/partner-health.ts";

export interface FileOutcome {
  readonly path: string;
  /** `delivered`, `queued` (goes on by itself), `failed`, or why nothing was done. */
  readonly result: string;
  readonly why: string;
}

/** Somebody else was faster, between the look and the writing. */
export const queuedByOther = (path: string): FileOutcome => ({
  path,
  result: "waiting",
  why: "another run or operator has just queued it",
});

/** `closed`: why it can't be moved at this moment, where windows forbid it. */
const tell = (entry: Entry, closed: string | undefined): FileOutcome => {
  const last = entry.deliveries.at(-1);
  if (entry.state === "delivered" && last)
    return {
      path: entry.path,
      result: "delivered",
      why: `to ${last.destination} at ${last.at}, ${last.bytes} bytes, SHA-256 ${last.sha256}`,
    };
  if (entry.state === "pending" || entry.state === "active")
    return {
      path: entry.path,
      result: "queued",
      why: closed
        ? `${closed}, and it goes on by itself then`
        : entry.last_error
          ? `last error: ${entry.last_error.message}`
          : "it goes on by itself within a minute",
    };
  return { path: entry.path, result: entry.state, why: entry.last_error?.message ?? "there is nothing to move" };
};

/** Drains the partner at once, whether it has failed lately or not: the operator says that it is worth a try. */
export const drainNow = async (
  invocation: Invocation,
  partner: string,
  entries: readonly Entry[],
): Promise<FileOutcome[]> => {
  const { deps } = invocation;
  if (entries.length === 0) return [];
  await clearHealth(deps.table, partner);
  await drainAll(invocation, [partner], entries);
  const now = deps.clock.wall();
  return (await deps.journal.readMany(entries.map(({ pk, sk }) => ({ pk, sk })))).map((entry) => {
    const stream = deps.config.streams.get(entry.stream);
    return tell(entry, stream && whyClosed(stream, entry.direction, now));
  });
};
