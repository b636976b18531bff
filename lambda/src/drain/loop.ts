/** The loop of a drain: polls, then files, until nothing is due and no wake-up has come. */

import type { Entry } from "../journal/entry.ts";
import { liveHolders } from "../journal/lease.ts";
import { type DueSource, dueEntries, readyOf, type Soonest, soonEnough } from "./due.ts";
import { type InFlight, trackFiles } from "./in-flight.ts";
import { lookAt } from "./look.ts";
import { numbersFor } from "./numbers.ts";
import { orderedSides, sideIdOf } from "./order.ts";
import { runPolls } from "./polls.ts";
import { moveInTurn } from "./strict.ts";
import type { Look, Work } from "./work.ts";

/** How often a drain waits like that: a file that grows for an hour doesn't keep it alive. */
const maxWaits = 5;
/** The index may lag behind the wake-up. Milliseconds. */
const indexLag = 300;
/** How often a drain whose files are all under way looks whether a wake-up has come. Milliseconds. */
const refreshEvery = 2_000;

/** What one turn found to do. */
interface Turn {
  /** Polls that were broken off, or files that were begun. */
  readonly hasMore: boolean;
  /** When the first file that isn't due yet is due. Milliseconds since the epoch. */
  readonly soonest: number;
}

export interface Worked {
  /** Files that were delivered. */
  readonly files: number;
  /** Files that were begun, whatever became of them. */
  readonly begun: number;
  /** The count of wake-ups that were handled. */
  readonly answered: number;
}

/** Works through what is due. Throws what the journal throws. */
export const work = async (job: Work): Promise<Worked> => {
  const { deps, lease, session, extra, deadline } = job;
  const isStopping = (): boolean => inFlight.failed || session.signal.aborted || deadline.isClosing();
  const inFlight = trackFiles(job, isStopping);
  const wakeUps = () => lease.wakeUps + extra.wakeUps;
  const refresh = async (): Promise<void> => {
    await session.refresh();
    await extra.refresh();
  };

  /** Until all files are done, or a wake-up has come: a large file must not keep the others waiting. */
  const untilDoneOrWoken = async (known: number): Promise<void> => {
    while (inFlight.running > 0 && !isStopping()) {
      await Promise.race([inFlight.idle(), deps.sleep(refreshEvery)]);
      if (inFlight.running === 0) return;
      await refresh();
      if (wakeUps() !== known) return;
    }
  };

  let hints = job.hints;
  let isFirst = true;
  let waits = 0;
  let { answered } = job.first;
  try {
    while (!isStopping()) {
      const look = isFirst ? job.first : lookAt(job);
      const { known } = look;
      answered = look.answered;
      const { hasMore, soonest } = await takeTurn(job, look, hints, inFlight, isStopping, isFirst);
      isFirst = false;
      hints = [];
      await untilDoneOrWoken(known);
      if (isStopping() || hasMore || inFlight.running > 0) continue;

      const pause = soonest - deps.clock.wall();
      if (pause <= soonEnough && waits < maxWaits) {
        waits++;
        await deps.sleep(Math.max(pause, 0) + 10);
        continue;
      }
      await extra.dismiss();
      await refresh();
      if (isStopping() || wakeUps() === known) break;
      await deps.sleep(indexLag);
    }
  } finally {
    await inFlight.finish();
  }
  return { files: inFlight.counts.files(), begun: inFlight.started, answered };
};

/** Polls what is due, then begins the files that are known to be due, and those that the index has. */
const takeTurn = async (
  job: Work,
  look: Look,
  hints: readonly Entry[],
  inFlight: InFlight,
  isStopping: () => boolean,
  isFirst: boolean,
): Promise<Turn> => {
  const { deps, partner, lease } = job;
  const ordered = orderedSides(partner.streams);
  const before = inFlight.started;
  const soonest: Soonest = { at: Number.POSITIVE_INFINITY };
  const polls = await runPolls(job, await look.polls, inFlight.counts, { isFirst });
  const known = Map.groupBy([...hints, ...polls.known], (entry) => ordered.has(sideIdOf(entry)));
  const source: DueSource = {
    hints: known.get(true) ?? [],
    journal: deps.journal,
    streams: partner.streams,
    ordered,
    now: deps.clock.wall,
    isBusy: inFlight.has,
    holder: lease.holder,
    liveHolders: () => liveHolders(deps, partner.id),
  };
  for (const side of ordered.values()) {
    if (!side.isStrict) continue;
    const its = source.hints?.filter((entry) => sideIdOf(entry) === side.id) ?? [];
    const { sleep, telemetry } = deps;
    await inFlight.follow(side.id, async () => {
      const numbers = await numbersFor(side, deps);
      await moveInTurn(side, its, { source, inFlight, isStopping, sleep, log: telemetry.log, numbers });
    });
  }
  for (const entry of await readyOf(known.get(false) ?? [], source)) {
    if (!isStopping() && !inFlight.has(entry)) await inFlight.add(entry);
  }
  for await (const entry of dueEntries(source, soonest)) {
    if (isStopping()) break;
    await inFlight.add(entry);
  }
  // Before the next look, which would find them again.
  await polls.ended;
  return { hasMore: polls.hasMore || inFlight.started > before, soonest: soonest.at };
};
