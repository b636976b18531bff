/**
 * One file from the partner to S3. The object appears only when all of it is there; the partner's file is moved or deleted
 * only after that is recorded. See `journal/entry.ts` for the phases.
 */

import { type Entry, lastDelivery, type Progress } from "../journal/entry.ts";
import type { ObjectPlace } from "../s3/objects.ts";
import { RemoteError } from "../sftp/errors.ts";
import type { RemoteReader, RemoteStat } from "../sftp/remote.ts";
import type { Outcome } from "../transfer/context.ts";
import { RefusedError, SourceChanged } from "../transfer/errors.ts";
import { markFor } from "../transfer/origin-mark.ts";
import { destinationOf, type PullContext } from "./context.ts";
import { copyFile } from "./copy.ts";
import type { Copy } from "./copy-task.ts";
import { finish } from "./finish.ts";
import { identityOfFile } from "./identity.ts";
import { abortUploads } from "./uploads.ts";

/** Metadata that says what an object is a copy of: after a lost answer it tells whether the object there is this one. */
export const metadataFor = (entry: Entry, place: ObjectPlace, identity: string): Record<string, string> => ({
  ...markFor(entry.stream, place),
  "sftp-version": identity,
});

/** How long a file has to hold still once it was seen to change. Milliseconds. */
const quietAgain = 2_000;

/** A file that isn't what the journal says: the newer version is noted, and has to hold still in its turn. */
const noteChange = async (entry: Entry, stat: RemoteStat, context: PullContext): Promise<never> => {
  const { journal, clock, pull, stream } = context;
  await abortUploads(entry, destinationOf(entry, context), context);
  await journal.update(entry, {
    state: "pending",
    progress: undefined,
    source: { identity: identityOfFile(stat), size: stat.size, time: stat.mtime * 1000 },
    next_attempt: clock.wall() + Math.max(quietAgain, pull.minAgeSeconds * 1000),
  });
  throw new SourceChanged(
    `Stream ${stream.name}: ${entry.source_location} is still being written; it is left for later`,
  );
};

/** Fetches one file. Throws RemoteError, RefusedError, VerificationError, SourceChanged, EntryTaken, LeaseLost, OutOfTime, and S3's own errors. */
export const pullFile = async (known: Entry, context: PullContext): Promise<Outcome> => {
  const { stream: config, journal, remote, lease, clock } = context;
  const place = destinationOf(known, context);
  const { progress } = known;

  if (progress?.phase === "copied" || progress?.phase === "moving") {
    const own = await journal.update(known, { progress: { ...progress, holder: lease.holder } });
    return finish(own, place, context);
  }

  const reader = await remote.openRead(known.source_location, { size: known.source.size ?? 0 });
  if (!reader) return vanished(known, place, context);
  let copy: Copy;
  let entry = known;
  try {
    const { stat } = reader;
    if (stat.kind !== "file") {
      throw new RefusedError(
        `Stream ${config.name}: ${known.source_location} is a ${stat.kind}, not a file; it isn't pulled`,
      );
    }
    const identity = identityOfFile(stat);
    if (identity !== known.source.identity) await noteChange(known, stat, context);

    const next: Progress = {
      ...(progress?.phase === "copying" && progress.identity === identity ? progress : { started: clock.wall() }),
      phase: "copying",
      holder: lease.holder,
      identity,
    };
    if (!next.upload_id) await abortUploads(known, place, context);
    entry = await journal.update(known, { state: "active", attempts: known.attempts + 1, progress: next });
    const metadata = metadataFor(entry, place, identity);
    copy = await copyFile({
      entry,
      reader,
      place,
      metadata,
      context,
      unchanged: (current) => assertUnchanged(current, reader, context),
    });
    entry = copy.entry;
  } catch (error) {
    // The entry may have gone on meanwhile (the upload's id): read it again before anything is noted in it.
    const stat = error instanceof RemoteError && error.kind === "changed" && (await remote.stat(known.source_location));
    const current = stat && (await journal.read(known));
    if (stat && current) await noteChange(current, stat, context);
    throw error;
  } finally {
    // Not waited for: its answer decides nothing, and it would cost every small file a round trip.
    void reader.close().catch(() => {});
  }

  const { progress: copying } = entry;
  if (!copying) throw new Error("an active pull has its progress");
  const copied = await journal.update(entry, {
    progress: {
      phase: "copied",
      holder: copying.holder,
      identity: copying.identity,
      bytes: copy.bytes,
      size: reader.stat.size,
      mtime: reader.stat.mtime,
      sha256: copy.sha256,
      started: copying.started,
    },
  });
  return finish(copied, place, context);
};

/** Same size and time after the read, by the handle and by the path: else it was still growing, or was replaced. */
const assertUnchanged = async (entry: Entry, reader: RemoteReader, context: PullContext): Promise<void> => {
  const [handle, path] = await Promise.all([reader.restat(), reader.restatPath()]);
  const expected = identityOfFile(reader.stat);
  for (const stat of [handle, path]) {
    // Removed by the partner while it was read: the copy is whole all the same.
    if (stat && identityOfFile(stat) !== expected) await noteChange(entry, stat, context);
  }
};

/** The partner took the file back before it was read. */
const vanished = async (entry: Entry, place: ObjectPlace, context: PullContext): Promise<Outcome> => {
  const { journal } = context;
  await abortUploads(entry, place, context);
  await journal.update(entry, { state: lastDelivery(entry) ? "delivered" : "gone", progress: undefined });
  return { result: "gone", bytes: 0 };
};
