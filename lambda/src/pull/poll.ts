/** One scheduled run of a pull: lists the partner's directory and makes known what is new there. The drain moves it. */
import { pathFilter } from "../config/patterns.ts";
import { type PullConfig, partnerOf, type StreamConfig } from "../config/types.ts";
import { type Entry, entryKey } from "../journal/entry.ts";
import type { Journal } from "../journal/journal.ts";
import { RemoteError } from "../sftp/errors.ts";
import type { Remote } from "../sftp/remote.ts";
import type { Log } from "../telemetry/types.ts";
import { joinRemote } from "../transfer/paths.ts";
import { createTurnstile } from "../transfer/turnstile.ts";
import { decide } from "./decide.ts";
import { identityOfFile } from "./identity.ts";
import { purgeDone } from "./purge.ts";
import { walk } from "./walk.ts";

export interface PollContext {
  readonly stream: StreamConfig;
  readonly pull: PullConfig;
  readonly journal: Journal;
  readonly remote: Remote;
  readonly now: () => number;
  readonly log: Log;
  readonly signal: AbortSignal;
}

export interface PollReport {
  readonly listed: number;
  /** New versions that were made known, as hints for the drain. */
  readonly known: readonly Entry[];
  readonly purged: number;
  /** Directories that couldn't be listed. */
  readonly failures: number;
}

/** Journal writes under way at one time: enough to fill the requests that they go out in. */
const writesInFlight = 200;
/** Hints are a shortcut past the index's lag; beyond this many the index has caught up. */
const mostHints = 2_000;

/** Polls one stream. Throws RemoteError when its directory can't be listed at all. */
export const poll = async (context: PollContext): Promise<PollReport> => {
  const { stream, pull, journal, now, log, signal } = context;
  const included = pathFilter(pull);
  const hints: Entry[] = [];
  const writing = new Set<Promise<void>>();
  const written = createTurnstile();
  let listed = 0;
  let purged = 0;
  let failures = 0;
  let refused = 0;
  let failure: unknown;

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

  /** Entries of the directory that is being listed: batches of one directory follow each other. */
  let cached: { pk: string; entries: Map<string, Entry> } | undefined;
  const entriesOf = async (pk: string) => {
    if (cached?.pk !== pk) cached = { pk, entries: await journal.directory(pk) };
    return cached.entries;
  };

  for await (const { directory, files, hasDone } of listing(context, report)) {
    signal.throwIfAborted();
    if (failure) throw failure;
    const root = directory === "" ? pull.directory : joinRemote(pull.directory, directory);
    const { pk } = entryKey("pull", stream.name, joinRemote(root, "x"));
    const entries = await entriesOf(pk);
    for (const file of files) {
      listed++;
      const path = directory === "" ? file.name : `${directory}/${file.name}`;
      const known = entries.get(file.name);
      const decision = decide({ file, path, known, pull, included, now: now() });
      if (!decision.pull) {
        if (decision.reason === "kept" && known) await journal.refresh(known);
        continue;
      }
      while (writing.size >= writesInFlight) await written.wait();
      const write = makeKnown({
        context,
        path,
        location: joinRemote(root, file.name),
        file,
        known,
        quiet: decision.quiet,
      })
        .then((entry) => {
          if (entry && hints.length < mostHints) hints.push(entry);
        })
        .catch((error: unknown) => {
          failure ??= error;
        })
        .finally(() => {
          writing.delete(write);
          written.turn();
        });
      writing.add(write);
    }
    if (hasDone && pull.after === "move") purged += await purge(context, root, entries);
  }
  await Promise.all(writing);
  if (failure) throw failure;
  if (refused > 10) log.warn(`${refused} names were not pulled; the first ten are logged`, {});
  return { listed, known: hints, purged, failures };
};

const listing = ({ stream, pull, remote }: PollContext, report: Parameters<typeof walk>[2]) => {
  async function* named() {
    try {
      yield* walk(remote, pull.directory, report);
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

interface NewFile {
  readonly context: PollContext;
  readonly path: string;
  readonly location: string;
  readonly file: { readonly name: string; readonly size: number; readonly mtime: number };
  readonly known: Entry | undefined;
  readonly quiet: number;
}

const makeKnown = ({ context, path, location, file, known, quiet }: NewFile): Promise<Entry | undefined> => {
  const { stream, journal, now } = context;
  return journal.know(
    {
      ...entryKey("pull", stream.name, location),
      direction: "pull",
      stream: stream.name,
      partner: partnerOf(stream.sftp),
      path,
      source_location: location,
      source: { identity: identityOfFile(file), size: file.size, time: file.mtime * 1000 },
    },
    // Changed by another run since the listing looked: that run knows better.
    (found) => found.rev === known?.rev,
    { expected: known, notBefore: now() + quiet },
  );
};

const purge = async (context: PollContext, root: string, entries: ReadonlyMap<string, Entry>): Promise<number> => {
  try {
    return await purgeDone(context.remote, root, context.pull, entries, context.now());
  } catch (error) {
    context.log.warn("Old files in .done couldn't be purged", { path: joinRemote(root, ".done"), error });
    return 0;
  }
};
