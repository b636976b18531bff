import type { Delivery, Entry } from "../journal/entry.ts";
import type { ObjectPlace } from "../s3/objects.ts";
import { RemoteError } from "../sftp/errors.ts";
import { assertLease } from "../transfer/assert-lease.ts";
import type { Outcome } from "../transfer/context.ts";
import { directoryOf, joinRemote, nameOf } from "../transfer/paths.ts";
import type { PullContext } from "./context.ts";
import { donePathFor, stampOf } from "./done.ts";
import { identityOfFile } from "./identity.ts";
import { isWhatWasCopied } from "./moved.ts";

/** Another file has every name that this one could have in `.done`. */
const maxCollisions = 100;

/** The copy is in S3: does with the partner's file what the stream says, and records the delivery. */
export const finish = async (copied: Entry, place: ObjectPlace, context: PullContext): Promise<Outcome> => {
  const { journal, remote, clock, pull } = context;
  const { progress } = copied;
  if (!progress) throw new Error("a copied file has its progress");
  let entry = copied;

  // A run died around its rename: what it moved may be a file that nobody has read.
  let moved =
    progress.phase === "moving" && progress.path ? await finishMoved(entry, progress.path, context) : undefined;
  if (pull.after !== "keep") {
    const there = await remote.lstat(entry.source_location);
    const same = there !== undefined && identityOfFile(there) === progress.identity;
    if (same && pull.after === "delete") {
      await assertLease(context);
      await remote.remove(entry.source_location);
    }
    if (same && pull.after === "move") ({ entry, moved } = await moveToDone(entry, context));
    // Otherwise it was taken or replaced by the partner; the next poll sees what is there now.
  }

  const delivery: Delivery = {
    at: new Date(clock.wall()).toISOString(),
    identity: progress.identity,
    destination: `${place.bucket}/${place.key}`,
    bytes: progress.bytes ?? progress.size ?? 0,
    sha256: progress.sha256 ?? "",
    attempt: entry.attempts,
    duration_ms: clock.wall() - progress.started,
    ...(moved !== undefined && moved !== progress.identity && { moved }),
  };
  await journal.delivered(entry, delivery);
  return { result: "delivered", bytes: delivery.bytes, delivery };
};

/**
 * Looks at what lies in `.done` and returns its identity, if it is what was copied. If the partner replaced the file just
 * before it was moved, what lies there has not been read: back to where a poll finds it.
 */
const finishMoved = async (entry: Entry, path: string, context: PullContext): Promise<string | undefined> => {
  const { remote, clock, log } = context;
  const arrived = await remote.lstat(path);
  if (!arrived) return undefined;
  if (await isWhatWasCopied(entry, path, arrived, context)) return identityOfFile(arrived);
  const source = entry.source_location;
  const back = (await remote.lstat(source))
    ? joinRemote(directoryOf(source), `${stampOf(clock.wall())}-${nameOf(source)}`)
    : source;
  await remote.move(path, back);
  log.warn("The partner replaced a file while it was moved to .done; the new one is pulled with the next poll", {
    path: back,
  });
  return undefined;
};

/** Records the name before the rename, so that a successor finds the file wherever it is. */
const moveToDone = async (
  copied: Entry,
  context: PullContext,
): Promise<{ readonly entry: Entry; readonly moved: string | undefined }> => {
  const { journal, remote, clock } = context;
  let entry = copied;
  const source = entry.source_location;
  for (let turn = 0; turn < maxCollisions; turn++) {
    const path = donePathFor(source, clock.wall(), turn);
    if (await remote.lstat(path)) continue;
    if (!entry.progress) break;
    entry = await journal.update(entry, { progress: { ...entry.progress, phase: "moving", path } });
    await remote.ensureDirectory(directoryOf(path));
    await assertLease(context);
    try {
      if (!(await remote.move(source, path))) return { entry, moved: undefined }; // taken by the partner
    } catch (error) {
      if (error instanceof RemoteError && error.kind === "exists") continue;
      throw error;
    }
    return { entry, moved: await finishMoved(entry, path, context) };
  }
  throw new RemoteError("exists", `No free name for ${source} in .done; remove some of the files there`, {
    path: source,
  });
};
