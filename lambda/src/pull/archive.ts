/** Where a stream with `pull.archive` moves its files, and what they are called there. */

import type { Entry } from "../journal/entry.ts";
import { entryKey } from "../journal/entry.ts";
import { claimName, isOwn } from "../journal/name-claims.ts";
import { maxNameBytes } from "../sftp/entry-names.ts";
import { RemoteError } from "../sftp/errors.ts";
import { fillTemplate } from "../transfer/fill-template.ts";
import { stemOf } from "../transfer/name-template.ts";
import { bytesOf, directoryOf, joinRemote, nameOf, walkedDirectory } from "../transfer/paths.ts";
import { archiveOf } from "./archive-place.ts";
import type { PullContext } from "./context.ts";
import { donePathFor, shorten, stampOf, timeOfStamp } from "./done.ts";
import { versionOf } from "./identity.ts";
import { defaultWalkLimits } from "./limits.ts";
import type { PollContext } from "./poll-context.ts";
import { purgeBatch } from "./purge.ts";
import { walk } from "./walk.ts";

/** So many names are tried with a number behind them; from then on it is the time, so that a name never runs out of turns. */
const numbered = 10;

const suffixOf = (now: number, turn: number): string => {
  if (turn === 0) return "";
  if (turn < numbered) return `~${turn}`;
  return `~${stampOf(now)}${turn === numbered ? "" : `-${turn - numbered}`}`;
};

/** The last segment with what tells it from another of the same name before its ending, no longer than servers allow. */
const withSuffix = (path: string, suffix: string): string => {
  const name = nameOf(path);
  const stem = stemOf(name);
  const ext = name.slice(stem.length);
  const room = maxNameBytes - bytesOf(suffix) - bytesOf(ext);
  const fitted = room > 0 ? shorten(stem, room) + suffix + ext : shorten(name, maxNameBytes - bytesOf(suffix)) + suffix;
  return path.includes("/") ? joinRemote(directoryOf(path), fitted) : fitted;
};

/** Path in the archive for a file that is moved there now; `turn` tells apart names that collide. */
export const archivePathFor = (entry: Entry, turn: number, { stream, pull, clock }: PullContext): string => {
  const { source_location: source, path, progress } = entry;
  const { name } = pull.archive ?? {};
  const now = clock.wall();
  const directory = archiveOf(pull, directoryOf(source));
  if (name === undefined) return joinRemote(directory, nameOf(donePathFor(source, now, turn)));
  const { mtime } = versionOf(progress?.identity ?? "");
  const filled = fillTemplate(name, {
    path,
    stream: stream.name,
    now,
    mtime: mtime === undefined ? entry.source.time : mtime * 1000,
    timeZone: pull.timeZone ?? "UTC",
  });
  const root = pull.archive?.directory ?? directory;
  return joinRemote(root, withSuffix(filled, suffixOf(now, turn)));
};

const wishFor = (entry: Entry, path: string) => ({
  entry,
  path,
  destination: "",
  room: "archive" as const,
  isHeldBy: ({ progress, deliveries }: Entry) =>
    (progress?.phase === "moving" && progress.path === path) || deliveries.some(({ archived }) => archived === path),
});

/** Has another file this name in the archive, or is it about to? Of names with the stamp none is another file's. */
export const isOthers = async (entry: Entry, path: string, { pull, table, journal, clock, nonce }: PullContext) =>
  pull.archive?.name !== undefined &&
  (await claimName(wishFor(entry, path), { table, journal, now: clock.wall, nonce })) !== undefined;

/** May what lies under the recorded name be this entry's file? It was never moved there without having the name. */
export const mayBeOwn = async (entry: Entry, path: string, { pull, table }: PullContext): Promise<boolean> =>
  (pull.archive?.name === undefined && timeOfStamp(nameOf(path)) !== undefined) || isOwn(table, wishFor(entry, path));

/**
 * Purges an archive of what the journal says is in S3 and has been there for longer than `retention_days`: by the stamp, which is ours. The
 * directory is the user's, so what no entry knows stays.
 */
export const purgeArchive = async (context: PollContext): Promise<number> => {
  const { stream, pull, journal, remote, log, clock, signal } = context;
  const root = pull.archive?.directory;
  if (root === undefined || pull.archive?.name !== undefined) return 0;
  const isOver = () => signal.aborted || context.isOver?.() === true;
  const report = { failed: () => {}, refused: () => {}, limited: () => {} };
  let purged = 0;
  try {
    for await (const { directory, files } of walk(remote, root, report, { limits: defaultWalkLimits })) {
      if (isOver()) break;
      const source = walkedDirectory(pull.directory, directory);
      const { pk } = entryKey("pull", stream.name, joinRemote(source, "x"));
      const path = walkedDirectory(root, directory);
      const entriesOf = (names: readonly string[]) => journal.named(pk, names);
      purged += await purgeBatch(files, { remote, path, pull, entriesOf, now: clock.wall(), isOver, isOwn: false });
    }
  } catch (error) {
    // Nothing was moved there yet.
    if (error instanceof RemoteError && error.kind === "missing") return purged;
    log.warn("Old files in the archive couldn't be purged", { path: root, error });
  }
  return purged;
};
