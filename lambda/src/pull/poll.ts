/** One scheduled run of a pull: lists the partner's directory and makes known what is new there. The drain moves it. */

import { createLimiter } from "../concurrency/limiter.ts";
import { pathFilter } from "../config/patterns.ts";
import { type PullConfig, partnerOf, type StreamConfig } from "../config/types.ts";
import { type Entry, entryKey } from "../journal/entry.ts";
import type { Journal } from "../journal/journal.ts";
import { RemoteError } from "../sftp/errors.ts";
import type { Remote } from "../sftp/remote.ts";
import type { Log } from "../telemetry/types.ts";
import { joinRemote } from "../transfer/paths.ts";
import { decide } from "./decide.ts";
import { makeKnown } from "./make-known.ts";
import { purgeDone } from "./purge.ts";
import { type Listed, walk } from "./walk.ts";

export interface PollContext {
  readonly stream: StreamConfig;
  readonly pull: PullConfig;
  readonly journal: Journal;
  readonly remote: Remote;
  readonly now: () => number;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** The last directory that an earlier part of this poll got through. */
  readonly after?: string | undefined;
  /** Is it time to break off between two directories? What is left is another part's. */
  readonly isPartOver?: () => boolean;
  /** … and at once? */
  readonly isOver?: () => boolean;
}

export interface PollReport {
  readonly listed: number;
  /** New versions that were made known, as hints for the drain. */
  readonly known: readonly Entry[];
  readonly purged: number;
  /** Directories that couldn't be listed. */
  readonly failures: number;
  /** Where the next part goes on, if this one was broken off: behind this directory, or at the beginning (undefined). */
  readonly rest?: { readonly after: string | undefined };
}

/** Journal writes under way at one time: enough to fill the requests that they go out in. */
const writesInFlight = 200;
/** Batches of a listing that are held against the journal at one time. With what the server sends ahead, this is what a poll holds in memory. */
const batchesInFlight = 8;
/** Hints are a shortcut past the index's lag; beyond this many the index has caught up. */
const maxHints = 2_000;

/**
 * Polls one stream, or a part of it. Nothing of a directory is kept but what is being decided: of a hundred thousand names a
 * few thousand at one time. Throws RemoteError when its directory can't be listed at all.
 */
export const poll = async (context: PollContext): Promise<PollReport> => {
  const { stream, pull, journal, now, log, signal, isPartOver = () => false, isOver = () => false } = context;
  const included = pathFilter(pull);
  const hints: Entry[] = [];
  const batches = createLimiter(batchesInFlight);
  // One at a time waits for a place among the writes: a crew is for one waiter.
  const writing = new Set<Promise<void>>();
  let listed = 0;
  let purged = 0;
  let failures = 0;
  let refused = 0;
  let after = context.after;
  let isWhole = true;

  const report = {
    failed: (path: string, error: unknown) => {
      failures++;
      log.error("A directory couldn't be listed; its files wait for the next poll", { path, error });
    },
    refused: (path: string, reason: string) => {
      refused++;
      if (refused <= 10) log.warn(`Not pulled: the name ${reason}`, { path });
    },
  };

  const decideBatch = async ({ directory, files }: Listed): Promise<void> => {
    const root = rootOf(directory, pull);
    const looked = files
      .map((file) => ({ file, path: directory === "" ? file.name : `${directory}/${file.name}` }))
      .filter((one) => decide({ ...one, known: undefined, pull, included, now: now() }).pull);
    if (looked.length === 0) return;
    const { pk } = entryKey("pull", stream.name, joinRemote(root, "x"));
    const entries = await journal.named(
      pk,
      looked.map(({ file }) => file.name),
    );
    const writes: Promise<void>[] = [];
    for (const { file, path } of looked) {
      const known = entries.get(file.name);
      const decision = decide({ file, path, known, pull, included, now: now() });
      if (!decision.pull) {
        if (decision.reason === "kept" && known) await journal.refresh(known);
        continue;
      }
      const { quiet } = decision;
      while (writing.size >= writesInFlight) await Promise.race(writing);
      const location = joinRemote(root, file.name);
      const write = makeKnown(journal, stream, { path, location, file, known, notBefore: now() + quiet })
        .then((entry) => {
          if (entry && hints.length < maxHints) hints.push(entry);
        })
        .finally(() => writing.delete(write));
      writing.add(write);
      writes.push(write);
      write.catch(() => {});
    }
    await Promise.all(writes);
  };

  for await (const found of listing(context, report)) {
    signal.throwIfAborted();
    if (found.files.length > 0) {
      listed += found.files.length;
      await batches.add(() => decideBatch(found));
    }
    if (found.hasDone && pull.after === "move") purged += await purge(context, rootOf(found.directory, pull));
    if (found.isLast) after = found.directory;
    const mustStop = isOver();
    if (!mustStop && !(found.isLast && isPartOver())) continue;
    isWhole = false;
    if (mustStop && !found.isLast && after === context.after) {
      // It would take as long the next time, and nothing behind it would ever get its turn.
      after = found.directory;
      log.warn("A directory is too large to be listed in one run; what wasn't seen of it is left to the next poll", {
        path: rootOf(found.directory, pull),
        seen: listed,
      });
    }
    break;
  }
  // Only now is what `after` says true.
  await batches.all();
  if (refused > 10) log.warn(`${refused} names were not pulled; the first ten are logged`, {});
  return { listed, known: hints, purged, failures, ...(!isWhole && { rest: { after } }) };
};

const rootOf = (directory: string, pull: PullConfig): string =>
  directory === "" ? pull.directory : joinRemote(pull.directory, directory);

const listing = ({ stream, pull, remote, after }: PollContext, report: Parameters<typeof walk>[2]) => {
  async function* named() {
    try {
      yield* walk(remote, pull.directory, report, after);
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
  try {
    const entriesOf = (names: readonly string[]) => context.journal.named(pk, names);
    return await purgeDone(context.remote, root, context.pull, entriesOf, context.now());
  } catch (error) {
    context.log.warn("Old files in .done couldn't be purged", { path: joinRemote(root, ".done"), error });
    return 0;
  }
};
