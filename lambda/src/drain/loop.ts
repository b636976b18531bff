/** The loop of a drain: polls, then files, until nothing is due and no wake-up has come. */

import { createSignal } from "../concurrency/limiter.ts";
import { collectArrivals } from "../expected/arrivals.ts";
import type { Entry } from "../journal/entry.ts";
import { liveHolders } from "../journal/lease.ts";
import { remember } from "../journal/stream-state.ts";
import type { Key } from "../journal/table.ts";
import { shareOut } from "./balance.ts";
import { createCounts } from "./counts.ts";
import { type DueSource, dueEntries, readyOf, type Soonest } from "./due.ts";
import { runPolls } from "./polls.ts";
import { transferOne } from "./transfer-file.ts";
import type { Work } from "./work.ts";

/**
 * Files under way at one time on one connection: each spends most of its time waiting for answers, so with a round trip of
 * 80 ms this is what decides how many a second there are. A push leaves more of promises and requests than a pull.
 */
const filesInFlight = { push: 384, pull: 512 };
/**
 * The same in bytes, of which a file counts at most so many: large ones gain little from company. A large pull takes whole parts
 * of an upload as well, and one that waits for a part holds what it has read.
 */
const bytesInFlight = 16 * 1024 * 1024;
const countedBytes = { push: 2 * 1024 * 1024, pull: 4 * 1024 * 1024 };
/** A file that is due this soon is waited for, rather than left to the next tick. Milliseconds. */
const waitAtMost = 5_000;
/** How often a drain waits like that: a file that grows for an hour doesn't keep it alive. */
const waits = 5;
/** The index may lag behind the wake-up. Milliseconds. */
const indexLag = 300;
/** How often a drain whose files are all under way looks whether a wake-up has come. Milliseconds. */
const lookEvery = 2_000;

const idOf = ({ pk, sk }: Key): string => `${pk}\n${sk}`;

/** Returns how many files were delivered, and the count of wake-ups that were handled. */
export const work = async (job: Work): Promise<{ readonly files: number; readonly answered: number }> => {
  const { deps, partner, lease, session, extra, deadline } = job;
  const { clock, journal, telemetry } = deps;
  const counts = createCounts(clock);
  const arrivals = collectArrivals(deps);
  const busy = new Set<string>();
  const balance = shareOut(job);
  const running = new Set<Promise<void>>();
  const ended = createSignal();
  let weight = 0;
  /** What the journal threw: without it nothing may go on. */
  let failure: { readonly error: unknown } | undefined;
  const stopping = () => failure !== undefined || session.signal.aborted || deadline.isClosing();

  let started = 0;
  const offer = async (entry: Entry): Promise<void> => {
    const most = countedBytes[entry.direction];
    const mine = Math.min(entry.source.size ?? most, most);
    const isFull = () =>
      running.size >= filesInFlight[entry.direction] || (running.size > 0 && weight + mine > bytesInFlight);
    while (isFull()) await ended.wait();
    if (stopping()) return;
    started++;
    weight += mine;
    busy.add(idOf(entry));
    const place = balance.place(entry);
    const transfer = transferOne(entry, { ...job, remote: place.remote }, counts, arrivals)
      .catch((error: unknown) => {
        failure ??= { error };
      })
      .finally(() => {
        busy.delete(idOf(entry));
        running.delete(transfer);
        weight -= mine;
        place.leave();
        ended.notify();
      });
    running.add(transfer);
  };

  const wakeUps = () => lease.wakeUps + extra.wakeUps;
  const look = async (): Promise<void> => {
    await session.refresh();
    await extra.refresh();
  };

  /** Until all files are done, or a wake-up has come: a large file must not keep the others waiting. */
  const settle = async (known: number): Promise<void> => {
    while (running.size > 0 && !stopping()) {
      const all = Promise.all(running);
      await Promise.race([all, deps.sleep(lookEvery)]);
      if (running.size === 0) return;
      await look();
      if (wakeUps() !== known) return;
    }
  };

  let hints = job.hints;
  let waited = 0;
  let answered = lease.wakeUps;
  try {
    while (!stopping()) {
      const known = wakeUps();
      answered = lease.wakeUps;
      const before = started;
      const source: DueSource = {
        journal,
        streams: partner.streams,
        now: clock.wall,
        isBusy: (key) => busy.has(idOf(key)),
        holder: lease.holder,
        liveHolders: () => liveHolders(deps, partner.id),
      };
      const soonest: Soonest = { at: Number.POSITIVE_INFINITY };
      const polls = await runPolls(job, counts);
      hints = [...hints, ...polls.known];
      for (const entry of await readyOf(hints, source)) {
        if (!stopping() && !source.isBusy(entry)) await offer(entry);
      }
      hints = [];
      for await (const entry of dueEntries(source, soonest)) {
        if (stopping()) break;
        await offer(entry);
      }
      await settle(known);
      if (stopping() || started > before || running.size > 0 || polls.hasMore) continue;

      const pause = soonest.at - clock.wall();
      if (pause <= waitAtMost && waited < waits) {
        waited++;
        await deps.sleep(Math.max(pause, 0) + 10);
        continue;
      }
      await extra.dismiss();
      await look();
      if (stopping() || wakeUps() === known) break;
      await deps.sleep(indexLag);
    }
  } finally {
    await Promise.allSettled(running);
    await arrivals.flush();
    for (const transfers of counts.totals()) {
      telemetry.recordTransfers(transfers);
      const { stream, direction, files, bytes } = transfers;
      if (files > 0) await remember(deps, stream, direction, { files, bytes });
    }
  }
  if (failure) throw failure.error;
  return { files: counts.files(), answered };
};
