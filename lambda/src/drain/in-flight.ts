/** The files of a drain that are under way: how many at one time, over which connection, and what became of them. */
import { createLimiter } from "../concurrency/limiter.ts";
import { shareOf, shareOfCore } from "../concurrency/share.ts";
import { collectArrivals } from "../expected/arrivals.ts";
import type { Entry } from "../journal/entry.ts";
import { remember } from "../journal/stream-state.ts";
import { type Key, textOfKey } from "../journal/table.ts";
import { shareOut } from "./balance.ts";
import { type Counts, createCounts } from "./counts.ts";
import { transferOne } from "./transfer-file.ts";
import type { Work } from "./work.ts";

/**
 * Files under way at one time on one connection: each spends most of its time waiting for answers, so with a round trip of
 * 80 ms this is what decides how many a second there are. A push leaves more of promises and requests than a pull. With less
 * than a processor it is a share of it.
 */
const maxFiles = { push: 384, pull: 512 };
/** … of it, near: each file waits for a quarter of a second or less there, in which a processor does half of these at the most. */
const shareNear = 0.5;
/**
 * The same in bytes, of which a file counts at most so many: large ones gain little from company. A large pull takes whole parts
 * of an upload as well, and one that waits for a part holds what it has read.
 */
const maxBytes = 16 * 1024 * 1024;
const maxCounted = { push: 2 * 1024 * 1024, pull: 4 * 1024 * 1024 };
/** With less than a processor a byte that is pushed counts more: three large files keep a third of one busy, and each further one takes memory. */
const leastCores = 0.375;

export interface InFlight {
  readonly counts: Counts;
  /** Files under way. */
  readonly running: number;
  /** Files that were begun so far. */
  readonly started: number;
  /** Has the journal thrown? Without it nothing may go on. */
  readonly failed: boolean;
  has(entry: Key): boolean;
  /** Begins a file once there is room, unless the drain stops meanwhile; `done` is its end. Throws what the journal threw. */
  add(entry: Entry): Promise<{ readonly done: Promise<void> }>;
  /** Begins work that moves several files in turn, unless that of this name is under way. */
  follow(name: string, work: () => Promise<void>): Promise<void>;
  /** Until all that is under way has ended. */
  idle(): Promise<void>;
  /** Waits for what is under way, then publishes and notes what was moved. Throws what the journal threw. */
  finish(): Promise<void>;
}

/** `isStopping` tells that nothing further may begin. */
export const trackFiles = (job: Work, isStopping: () => boolean): InFlight => {
  const { deps } = job;
  const { cores = 1 } = deps.sizes ?? {};
  const counts = createCounts(deps.clock);
  const arrivals = collectArrivals(deps);
  const balance = shareOut(job);
  const limiter = createLimiter(Number.POSITIVE_INFINITY, maxBytes);
  const busy = new Set<string>();
  const followed = new Set<string>();
  let started = 0;

  const move = async (entry: Entry): Promise<void> => {
    if (isStopping()) return;
    started++;
    busy.add(textOfKey(entry));
    const place = balance.place(entry);
    try {
      await transferOne(entry, { ...job, remote: place.remote }, counts, arrivals);
    } finally {
      busy.delete(textOfKey(entry));
      place.leave();
    }
  };

  return {
    counts,
    get running() {
      return limiter.running;
    },
    get started() {
      return started;
    },
    get failed() {
      return limiter.failed;
    },
    has: (entry) => busy.has(textOfKey(entry)),
    async add(entry) {
      const counted = maxCounted[entry.direction];
      const bytes = Math.min(entry.source.size ?? counted, counted);
      const weight = entry.direction === "pull" ? bytes : Math.floor(bytes / shareOfCore(cores, leastCores));
      const max = Math.ceil(shareOf(maxFiles[entry.direction], cores) * (job.near ? shareNear : 1));
      return limiter.add(() => move(entry), { weight, max });
    },
    async follow(name, work) {
      if (followed.has(name)) return;
      followed.add(name);
      const { done } = await limiter.add(() => work().finally(() => followed.delete(name)));
      done.catch(() => {}); // the limiter tells
    },
    idle: () => limiter.idle(),
    async finish() {
      await limiter.idle();
      void job.notes.add(() => arrivals.flush());
      for (const transfers of counts.totals()) {
        deps.telemetry.recordTransfers(transfers);
        const { stream, direction, files, bytes } = transfers;
        if (files > 0) void job.notes.add(() => remember(deps, stream, direction, { files, bytes }));
      }
      await limiter.all();
    },
  };
};
