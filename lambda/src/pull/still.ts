/**
 * Whether the file that is read is the one that the journal has, and holds still. Servers tell one file's size and time
 * differently by READDIR, STAT and FSTAT: only looks of one kind are held against each other, and what a look leaves out says
 * nothing. Where no two looks tell, the file is looked at once more after a while.
 */
import type { Entry } from "../journal/entry.ts";
import { agree, tellsVersion, toldAnything } from "../sftp/attributes.ts";
import { RemoteError } from "../sftp/errors.ts";
import { believed } from "../sftp/hidden.ts";
import type { RemoteReader, RemoteStat } from "../sftp/remote.ts";
import { SourceChanged } from "../transfer/errors.ts";
import type { PullContext } from "./context.ts";
import { destinationOf } from "./context.ts";
import { identityOfFile, mayBe, versionOf } from "./identity.ts";
import { judgeTimes } from "./times.ts";
import { abortUploads } from "./uploads.ts";

/** How long a file has to hold still once it was seen to change. Milliseconds. */
const quietAgain = 2_000;
/** A file that changes for so long is told of: somebody may be waiting for it. Milliseconds. */
const longChanging = 3_600_000;

/** A file that isn't what the journal says: the newer version is noted, and has to hold still in its turn. */
export const noteChange = async (entry: Entry, given: RemoteStat, context: PullContext): Promise<never> => {
  const { journal, clock, pull, stream, log } = context;
  const now = clock.wall();
  await judgeTimes(entry, given, context);
  const stat = context.traits.can("times") === false ? { ...given, mtime: undefined } : given;
  const isLong = now - Date.parse(entry.known_at) > longChanging;
  const changed = new SourceChanged(
    `Stream ${stream.name}: ${entry.source_location} is still being written; it is left for later`,
  );
  const identity = identityOfFile(stat);
  const listed = entry.source.listed ?? entry.source.identity;
  await abortUploads(entry, destinationOf(entry, context), context);
  await journal.update(entry, {
    state: "pending",
    progress: undefined,
    source: {
      identity,
      ...(listed !== identity && { listed }),
      size: stat.size,
      time: stat.mtime === undefined ? entry.source.time : stat.mtime * 1000,
    },
    next_attempt: now + Math.max(quietAgain, pull.minAgeSeconds * 1000),
    ...(isLong && {
      last_error: { kind: "changed", message: changed.message, at: new Date(now).toISOString() },
    }),
  });
  if (isLong)
    log.warn(
      "A file has changed at each look for more than an hour, and isn't pulled until it holds still. If this server's times change by themselves, sftp.server = { times = false } lets its size alone tell, so that a change which leaves the size isn't noticed",
      {
        source: entry.source_location,
        since: entry.known_at,
      },
    );
  throw changed;
};

/** What is known of the file before it is read. */
export interface Before {
  /** As STAT told it; undefined where nobody asked, since the handle told the same as the listing. */
  readonly path: RemoteStat | undefined;
  /** Has it told the same twice, some time apart? */
  readonly hasHeldStill: boolean;
}

const tellTheSame = (stat: RemoteStat, identity: string): boolean => {
  const { size, mtime } = versionOf(identity);
  const both = (stat.size !== undefined && size !== undefined) || (stat.mtime !== undefined && mtime !== undefined);
  return both && mayBe(stat, identity);
};

/** Throws SourceChanged if the file isn't the version that the journal has. */
export const lookBefore = async (entry: Entry, reader: RemoteReader, context: PullContext): Promise<Before> => {
  const { identity = "" } = entry.source;
  if (tellTheSame(reader.stat, identity)) return { path: undefined, hasHeldStill: true };
  // The handle tells something else than the listing did, or nothing: what does the path tell?
  const path = await context.remote.stat(entry.source_location);
  if (path !== undefined && !mayBe(path, identity)) await noteChange(entry, path, context);
  return { path, hasHeldStill: path !== undefined && tellTheSame(path, identity) };
};

/** What the path shows has another size than the handle's, and than what was read: is that handle one of this file? */
const assertOneFile = (
  { source_location }: Entry,
  { size }: RemoteStat,
  path: RemoteStat | undefined,
  bytes: number,
  { remote, traits }: PullContext,
): void => {
  const there = path?.size;
  if (size === undefined || there === undefined || size === there || bytes === there) return;
  if (traits.can("exact_sizes") === false) return;
  throw new RemoteError(
    "changed",
    `${remote.partner}: ${JSON.stringify(source_location)} has ${there} bytes, and its open handle ${size}, of which ${bytes} came: it is being replaced, or the server has mixed up two files. It is read again.`,
    { path: source_location },
  );
};

/**
 * The same after the read, by the handle and by the path: else it was still growing, or was replaced. That nothing is there
 * any more means that it was taken: the copy is whole all the same. `bytes`: how many there were. Throws SourceChanged.
 */
export const assertUnchanged = async (
  entry: Entry,
  reader: RemoteReader,
  before: Before,
  bytes: number,
  context: PullContext,
): Promise<void> => {
  const look = async (): Promise<"here" | "taken"> => {
    const [handle, told] = await Promise.all([reader.restat(), reader.restatPath()]);
    const path = await believed(context.remote, entry.source_location, told);
    // The handle of a file that was taken may tell of nothing.
    if (path === undefined && !handle.size) return "taken";
    assertOneFile(entry, handle, path, bytes, context);
    if (!agree(handle, reader.stat)) await noteChange(entry, path && tellsVersion(path) ? path : handle, context);
    if (path === undefined) return "taken";
    const same =
      before.path && toldAnything(before.path) ? agree(path, before.path) : mayBe(path, entry.source.identity ?? "");
    if (!same) await noteChange(entry, path, context);
    return "here";
  };
  if ((await look()) === "taken" || (before.hasHeldStill && bytes === reader.size)) return;
  // Nothing tells that it holds still, or its size isn't what the server says.
  await context.sleep(quietAgain);
  context.signal.throwIfAborted();
  if ((await look()) === "here" && !(await reader.endsAt(bytes)))
    await noteChange(entry, { ...reader.stat, size: undefined }, context);
};
