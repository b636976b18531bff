/** One scheduled run of a pull: lists the partner's directory and makes known what is new there. The drain moves it. */

import { createLimiter, type Limiter } from "../concurrency/limiter.ts";
import { pathFilter } from "../config/patterns.ts";
import { partnerOf } from "../config/types.ts";
import { type Entry, entryKey } from "../journal/entry.ts";
import { RemoteError } from "../sftp/errors.ts";
import { joinRemote, walkedDirectory } from "../transfer/paths.ts";
import { archiveAmong } from "./archive-place.ts";
import { wantedBy } from "./decide.ts";
import type { Found } from "./left.ts";
import { defaultWalkLimits, directoryFault, type WalkCounts } from "./limits.ts";
import { type Paired, pairWithMarkers } from "./pair.ts";
import { assertMayGoOn, type PollContext } from "./poll-context.ts";
import { createPollLog, type PollLog } from "./poll-log.ts";
import { createDecider, type Decider } from "./poll-names.ts";
import { purgeDone } from "./purge.ts";
import { type WalkReport, walk } from "./walk.ts";

export interface PollReport {
  readonly listed: number;
  /** New versions that were made known, as hints for the drain. */
  readonly known: readonly Entry[];
  readonly purged: number;
  /** Directories that couldn't be listed. */
  readonly failures: number;
  /** What is listed and isn't taken. */
  readonly left: Found;
  /** Where the next part goes on, if this one was broken off: behind this directory, or at the beginning (undefined). */
  readonly rest?: { readonly after: string | undefined; readonly counts: WalkCounts };
  /** The connection was lost while this directory was looked at: its own list is no answer, and what comes behind it wasn't asked for. */
  readonly endedAt?: string;
}

/** Batches of a listing that are held against the journal at one time. With what the server sends ahead, this is what a poll holds in memory. */
const batchesInFlight = 8;

/** What the steps of one poll share. */
interface Steps {
  readonly context: PollContext;
  readonly decider: Decider;
  readonly batches: Limiter;
  readonly report: PollLog;
  readonly totals: { listed: number; purged: number };
}

/** Decides what is in a batch of a listing, and purges .done where the batch shows one. */
const takeBatch = async (found: Paired, { context, decider, batches, totals }: Steps): Promise<void> => {
  const { pull } = context;
  const { directory, files, unready, markers } = found;
  totals.listed += files.length + (unready?.length ?? 0) + (markers?.length ?? 0);
  if (files.length > 0) await batches.add(() => decider.decideBatch(found));
  if (unready) await batches.add(() => decider.decideBatch({ directory, files: unready, isUnready: true }));
  if (markers) {
    // A marker that is known before its files could be taken without them.
    await batches.all();
    await decider.decideMarkers(directory, markers);
  }
  if (found.hasDone && pull.archive?.name === undefined && (pull.after === "move" || pull.ready?.after === "move"))
    totals.purged += await purge(context, walkedDirectory(pull.directory, directory));
};

/** Is the poll to be broken off behind this batch: between two directories, or at once? */
const stopsBehind = (found: Paired, { isPartOver = () => false, isOver = () => false }: PollContext) => {
  if (isOver()) return "at-once";
  return found.isLast && isPartOver() ? "between" : undefined;
};

const tellTooLarge = (directory: string, { context, report, totals }: Steps): void => {
  const path = walkedDirectory(context.pull.directory, directory);
  report.left(path, "too-large");
  context.log.warn(
    "A directory is too large to be listed in one run; what wasn't seen of it is left to the next poll",
    { path, seen: totals.listed },
  );
};

/**
 * Polls one stream, or a part of it. Nothing of a directory is kept but what is being decided: of a hundred thousand names a
 * few thousand at one time. Throws RemoteError when its directory can't be listed at all.
 */
export const poll = async (context: PollContext): Promise<PollReport> => {
  const { pull, log } = context;
  const included = pathFilter(pull);
  const report = createPollLog(log, included);
  const batches = createLimiter(batchesInFlight);
  const counts = { ...(context.counts ?? { directories: 0, names: 0 }) };
  const decider = createDecider(context, included, report.left, counts);
  const totals = { listed: 0, purged: 0 };
  const steps: Steps = { context, decider, batches, report, totals };
  let after = context.after;
  let isWhole = true;
  const start = { after, counts: { ...counts } };
  /** As things stood behind the last directory that was listed to its end. */
  let sure = start;
  let entered = "";
  let endedAt: string | undefined;
  const enters = (directory: string) => {
    entered = directory;
  };

  const paired = pairWithMarkers(listing(context, report, counts, enters), {
    ready: pull.ready,
    isWanted: wantedBy(pull, included, context.clock.wall),
    report,
  });
  try {
    for await (const found of paired) {
      assertMayGoOn(context);
      // Only gone through again to get past it: else a part that begins late would never come to anything new.
      if (found.isWalked) continue;
      await takeBatch(found, steps);
      if (found.isLast) {
        // In a poll that is careful the directory's decisions, too, are made before the next one is asked for.
        if (context.careful) await batches.all();
        after = found.directory;
        sure = { after, counts: { ...counts } };
      }
      const stop = stopsBehind(found, context);
      if (stop === undefined) continue;
      isWhole = false;
      if (stop === "at-once" && !found.isLast && after === context.after) {
        // It would take as long the next time, and nothing behind it would ever get its turn.
        after = found.directory;
        tellTooLarge(found.directory, steps);
      }
      break;
    }
    // Only now is what `after` says true.
    await batches.all();
  } catch (error) {
    if (!isOnlyLost(context)) throw error;
    await batches.idle();
    // Of what was decided meanwhile not all may be known.
    const known = batches.failed ? start : sure;
    endedAt = entered;
    isWhole = false;
    ({ after } = known);
    Object.assign(counts, known.counts, { files: counts.files });
  }
  if (isWhole && pull.archive?.directory !== undefined)
    totals.purged += await (await import("./archive.ts")).purgeArchive(context);
  report.end();
  return {
    ...totals,
    known: decider.hints,
    failures: report.failures(),
    left: report.found,
    ...(!isWhole && { rest: { after, counts } }),
    ...(endedAt !== undefined && { endedAt }),
  };
};

/** Was the connection lost, and is the lease still ours, and time left? */
const isOnlyLost = ({ remote, signal }: PollContext): boolean =>
  remote.lost.aborted && (!signal.aborted || signal.reason instanceof RemoteError);

const endedTooOften = (stream: string): Error =>
  new Error(
    `Stream ${stream}: each connection ended while this directory was listed, so it is passed over, and the next poll tries it again. Ask the partner what its server's log says`,
  );

const listing = (context: PollContext, report: WalkReport, counts: WalkCounts, enters: (directory: string) => void) => {
  const { stream, pull, remote, after, careful = false, passed = [] } = context;
  const faultOf = directoryFault(stream.name, pull);
  const limits = { ...(context.limits ?? defaultWalkLimits), faultOf };
  async function* named() {
    try {
      yield* walk(remote, pull.directory, report, {
        after,
        limits,
        counts,
        enters,
        careful,
        passes: (directory) => (passed.includes(directory) ? endedTooOften(stream.name) : undefined),
        skips: archiveAmong(pull).is,
      });
    } catch (error) {
      if (!(error instanceof RemoteError) || error.kind !== "missing") throw error;
      throw new RemoteError(
        "missing",
        `Stream ${stream.name}: the remote directory ${JSON.stringify(pull.directory)} doesn't exist for ${partnerOf(stream.sftp)}. Correct pull.sftp, or have the partner make it`,
        { path: pull.directory, cause: error },
      );
    }
  }
  return named();
};

const purge = async (context: PollContext, root: string): Promise<number> => {
  const { pk } = entryKey("pull", context.stream.name, joinRemote(root, "x"));
  const isOver = () => context.signal.aborted || context.isOver?.() === true;
  try {
    const entriesOf = (names: readonly string[]) => context.journal.named(pk, names);
    return await purgeDone(context.remote, root, context.pull, entriesOf, context.clock.wall(), isOver);
  } catch (error) {
    if (context.remote.lost.aborted) throw error;
    context.log.warn("Old files in .done couldn't be purged", { path: joinRemote(root, ".done"), error });
    return 0;
  }
};
