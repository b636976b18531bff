/**
 * One file from S3 to the partner. What is durable at each step, and what a successor does with it after a crash, is in
 * `journal/entry.ts`; the order of the steps is what keeps the promises: the partner sees a whole file or none, an older
 * version never replaces a newer one, nothing is acknowledged before it is there.
 */
import type { PushConfig } from "../config/types.ts";
import type { Delivery, Entry, Progress } from "../journal/entry.ts";
import type { RemoteWriter } from "../sftp/remote.ts";
import type { Outcome, TransferContext } from "../transfer/context.ts";
import { OutOfTime, VerificationError } from "../transfer/errors.ts";
import { type Hasher, quickBelow, quickHasher, resumableHasher } from "../transfer/hash.ts";
import { isEcho } from "../transfer/marker.ts";
import type { ObjectPlace, OpenObject } from "../transfer/objects.ts";
import { directoryOf, remotePathFor, temporaryPathFor } from "../transfer/paths.ts";
import { makeVisible } from "./publish.ts";
import { recoverPublishing, resumeWriting } from "./recover.ts";

export interface PushContext extends TransferContext {
  readonly push: PushConfig;
}

/** The object that an entry stands for. */
export const placeOf = (entry: Pick<Entry, "path">, push: PushConfig): ObjectPlace => ({
  bucket: push.bucket,
  key: push.prefix + entry.path,
});

/** Opens the newest version; where the object was deleted, the version that the event told of, if it can still be read. */
const openSource = async (entry: Entry, { objects, push, signal }: PushContext): Promise<OpenObject | undefined> => {
  const place = placeOf(entry, push);
  const newest = await objects.get(place, { signal });
  if (newest || !entry.source.version_id) return newest;
  return objects.get(place, { versionId: entry.source.version_id, signal });
};

/** Streams the body behind what the writer has; leaves `hasher` at exactly the bytes that were handed over. */
const stream = async (
  source: OpenObject,
  writer: RemoteWriter,
  hasher: Hasher,
  signal: AbortSignal,
): Promise<number> => {
  let count = 0;
  for await (const chunk of source.body) {
    signal.throwIfAborted();
    hasher.update(chunk);
    count += chunk.byteLength;
    await writer.write(chunk);
  }
  return count;
};

/** Sends one file. Throws RemoteError, RefusedError, VerificationError, EntryTaken, LeaseLost, OutOfTime, and S3's own errors. */
export const pushFile = async (known: Entry, context: PushContext): Promise<Outcome> => {
  const { stream: config, journal, remote, lease, push, signal, nonce, clock } = context;
  const final = remotePathFor(config.name, push.directory, known.path);

  const recovered = await recoverPublishing(known, final, context);
  if (recovered.outcome) return recovered.outcome;
  let entry = recovered.entry;

  const source = await openSource(entry, context);
  if (!source) {
    if (entry.progress) await discardTemporary(entry.progress, context);
    await journal.update(entry, { state: "gone", progress: undefined });
    return { result: "gone", bytes: 0 };
  }
  let body = source;
  try {
    if (journal.isDelivered(entry, source.identity)) {
      if (entry.progress) await discardTemporary(entry.progress, context);
      await journal.update(entry, { state: "delivered", progress: undefined, last_error: undefined });
      return { result: "unchanged", bytes: 0 };
    }
    if (isEcho(source.metadata, placeOf(entry, push), config, context.config)) {
      await journal.update(entry, { state: "skipped", progress: undefined });
      return { result: "skipped", bytes: 0 };
    }

    const started = clock.wall();
    const direct = push.upload === "direct";
    const resumption = await resumeWriting(entry, source, context);
    const { resumed } = resumption;
    entry = resumption.entry;
    if (resumed) {
      body = resumed.body;
      source.discard();
    } else {
      if (entry.progress) await discardTemporary(entry.progress, context);
      const progress: Progress = {
        phase: "writing",
        holder: lease.holder,
        identity: source.identity,
        path: direct ? final : temporaryPathFor(final, nonce()),
        started,
      };
      entry = await journal.update(entry, { state: "active", attempts: known.attempts + 1, progress });
      await remote.ensureDirectory(directoryOf(final));
    }
    const { progress } = entry;
    if (!progress?.path) throw new Error("an active push has its path");

    const offset = resumed?.offset ?? 0;
    const hasher = resumed?.hasher ?? (source.size <= quickBelow ? quickHasher() : await resumableHasher());
    const writer = await remote.openWrite(progress.path, {
      mode: direct ? "replace" : offset > 0 ? "resume" : "create",
      offset,
    });
    let bytes = offset;
    try {
      bytes += await stream(body, writer, hasher, signal);
    } catch (error) {
      await saveCheckpoint(error, entry, progress, writer, hasher, context);
      throw error;
    }
    if (bytes !== source.size) {
      throw new VerificationError(
        `Stream ${config.name}: S3 sent ${bytes} of ${source.size} bytes of ${known.source_location}; it is sent again`,
      );
    }
    const stat = (await writer.close()) ?? (await remote.stat(progress.path));
    if (push.verify !== "off" && stat?.size !== bytes && !(direct && !stat)) {
      throw new VerificationError(
        stat
          ? `Stream ${config.name}: the partner holds ${stat.size} bytes of ${final}, ${bytes} were sent; the upload isn't shown and starts again. If this server always reports another size, set push.verify = "off"`
          : `Stream ${config.name}: the upload of ${final} was gone before it could be renamed; it starts again`,
      );
    }
    const sent: Omit<Delivery, "at" | "duration_ms"> = {
      identity: source.identity,
      destination: final,
      bytes,
      sha256: hasher.digest(),
      attempt: entry.attempts,
    };
    const delivery = await makeVisible(entry, sent, stat, final, context);
    return { result: "delivered", bytes, delivery };
  } finally {
    body.discard();
    source.discard();
  }
};

/** Removes what an attempt left under a temporary name. */
const discardTemporary = async (progress: Progress, { remote, push }: PushContext): Promise<void> => {
  if (push.upload === "direct" || progress.phase === "copying") return;
  for (const path of [progress.path, progress.litter]) if (path) await remote.remove(path);
};

/** Out of time: what the server has acknowledged stays, and the next invocation goes on behind it. */
const saveCheckpoint = async (
  error: unknown,
  entry: Entry,
  progress: Progress,
  writer: RemoteWriter,
  hasher: Hasher,
  { journal, push }: PushContext,
): Promise<void> => {
  if (!(error instanceof OutOfTime) || push.upload === "direct") return;
  await writer.flush();
  await writer.close();
  const state = hasher.save();
  await journal.update(entry, {
    state: "pending",
    attempts: Math.max(entry.attempts - 1, 0),
    progress: state === undefined ? progress : { ...progress, checkpoint: writer.acknowledged, hash_state: state },
  });
};
