/** Deletes from `.done` what has been there for longer than `retention_days`. */
import type { PullConfig } from "../config/types.ts";
import type { Entry } from "../journal/entry.ts";
import type { Remote, RemoteEntry, RemoteStat } from "../sftp/remote.ts";
import { joinRemote } from "../transfer/paths.ts";
import { nameBehindStamp, timeOfStamp } from "./done.ts";
import { doneDirectory, isVersion } from "./identity.ts";
import { defaultWalkLimits } from "./limits.ts";

const day = 86_400_000;

/** A delivery that is younger than a stamp by more than this isn't the one that the stamp is of. Milliseconds. */
const slack = 60_000;

/**
 * Is a file in `.done` one that the journal says is in S3? One from before the oldest delivery that the entry still holds
 * has its record elsewhere, or was left by the original bridge.
 */
const isVerified = (entry: Entry, file: Pick<RemoteStat, "size" | "mtime">, stamp: number): boolean => {
  const [oldest] = entry.deliveries;
  if (!oldest || entry.progress !== undefined) return false;
  if (
    entry.deliveries.some(({ identity, listed, moved }) =>
      [identity, listed, moved].some((one) => isVersion(file, one)),
    )
  )
    return true;
  return stamp < Date.parse(oldest.at) - slack;
};

/** What a file in `.done` may have been called: without the number that a collision adds, and with it. */
const namesOf = (name: string): string[] => [
  ...new Set([nameBehindStamp(name).replace(/~\d+$/, ""), nameBehindStamp(name)]),
];

interface Purging {
  readonly remote: Remote;
  /** Of the directory that the batch is of. */
  readonly path: string;
  readonly pull: Pick<PullConfig, "retentionDays">;
  readonly entriesOf: (names: readonly string[]) => Promise<ReadonlyMap<string, Entry>>;
  readonly now: number;
  readonly isOver: () => boolean;
  /** Is the directory nobody's but a bridge's? Then what no entry knows follows its rule as well. */
  readonly isOwn: boolean;
}

/** Purges some of the files of a directory; returns how many went. */
export const purgeBatch = async (
  batch: readonly RemoteEntry[],
  { remote, path, pull, entriesOf, now, isOver, isOwn }: Purging,
): Promise<number> => {
  let purged = 0;
  const old = batch.flatMap((file) => {
    const time = timeOfStamp(file.name);
    const isOld = file.kind === "file" && time !== undefined && now - time > pull.retentionDays * day;
    return isOld ? [{ file, time, called: namesOf(file.name) }] : [];
  });
  if (old.length === 0) return 0;
  const entries = await entriesOf(old.flatMap(({ called }) => called));
  for (const { file, time, called } of old) {
    if (isOver()) break;
    const entry = called.map((name) => entries.get(name)).find((one) => one !== undefined);
    if (!entry && !isOwn) continue;
    if (entry && !isVerified(entry, file, time)) continue;
    if (await remote.remove(joinRemote(path, file.name))) purged++;
  }
  return purged;
};

/**
 * Purges one `.done` directory; returns how many files went. By the stamp, which is ours: mtime is the partner's. A file
 * whose entry says that it isn't in S3 stays; one that no entry knows was left by an earlier bridge, and follows its rule.
 * What there is no time for is left to the next poll, which begins with the same names: those that went are fewer.
 */
export const purgeDone = async (
  remote: Remote,
  directory: string,
  pull: PullConfig,
  entriesOf: (names: readonly string[]) => Promise<ReadonlyMap<string, Entry>>,
  now: number,
  isOver: () => boolean = () => false,
): Promise<number> => {
  let purged = 0;
  let names = 0;
  const path = joinRemote(directory, doneDirectory);
  for await (const batch of remote.list(path)) {
    names += batch.length;
    if (isOver() || names > defaultWalkLimits.names) break;
    purged += await purgeBatch(batch, { remote, path, pull, entriesOf, now, isOver, isOwn: true });
  }
  return purged;
};
