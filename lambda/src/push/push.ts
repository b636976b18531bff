/**
 * One file from S3 to the partner. What is durable at each step, and what a successor does with it after a crash, is in
 * `journal/entry.ts`; the order of the steps is what keeps the promises: the partner sees a whole file or none, an older
 * version never replaces a newer one, nothing is acknowledged before it is there.
 */
import type { PushConfig } from "../config/types.ts";
import type { Delivery, Entry, Progress } from "../journal/entry.ts";
import { LeaseLost } from "../journal/lease.ts";
import type { RemoteStat, RemoteWriter } from "../sftp/remote.ts";
import type { Outcome, TransferContext } from "../transfer/context.ts";
import { OutOfTime, VerificationError } from "../transfer/errors.ts";
import { type Hasher, quickBelow, quickHasher, resumableHasher } from "../transfer/hash.ts";
import { isEcho } from "../transfer/marker.ts";
import type { ObjectPlace, OpenObject } from "../transfer/objects.ts";
import { directoryOf, remotePathFor, temporaryPathFor } from "../transfer/paths.ts";
import { makeVisible } from "./publish.ts";
import { recoverPublishing, resumeWriting } from "./recover.ts";
import { removeAll, temporariesOf, tryToRemove } from "./temporary.ts";

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
  const { stream: config, journal, push } = context;
  const final = remotePathFor(config.name, push.directory, known.path);

  const recovered = await recoverPublishing(known, final, context);
  if (recovered.outcome) return recovered.outcome;
  const { entry } = recovered;

  const source = await openSource(entry, context);
  if (!source) return close(entry, { state: "gone" }, "gone", context);
  try {
    if (journal.isDelivered(entry, source.identity)) {
      return await close(entry, { state: "delivered", last_error: undefined }, "unchanged", context);
    }
    if (isEcho(source.metadata, placeOf(entry, push), config, context.config)) {
      return await close(entry, { state: "skipped" }, "skipped", context);
    }
    return await send(entry, source, final, context);
  } finally {
    source.discard();
  }
};

/** There is nothing to send: removes what earlier attempts left, and ends the entry. */
const close = async (
  entry: Entry,
  changes: Partial<Entry>,
  result: Outcome["result"],
  { journal, remote, push }: PushContext,
): Promise<Outcome> => {
  if (push.upload === "atomic") await removeAll(remote, temporariesOf(entry.progress));
  await journal.update(entry, { ...changes, progress: undefined });
  return { result, bytes: 0 };
};

/** Claims the entry for a fresh temporary file; only then are the earlier ones removed, so that each stays recorded. */
const claim = async (entry: Entry, identity: string, final: string, context: PushContext): Promise<Entry> => {
  const { journal, remote, lease, push, nonce, clock } = context;
  const direct = push.upload === "direct";
  const litter = direct ? [] : temporariesOf(entry.progress);
  const progress: Progress = {
    phase: "writing",
    holder: lease.holder,
    identity,
    path: direct ? final : temporaryPathFor(final, nonce()),
    litter,
    started: clock.wall(),
  };
  const claimed = await journal.update(entry, { state: "active", attempts: entry.attempts + 1, progress });
  await removeAll(remote, litter);
  await remote.ensureDirectory(directoryOf(final));
  return claimed;
};

const send = async (known: Entry, source: OpenObject, final: string, context: PushContext): Promise<Outcome> => {
  const { remote, push } = context;
  const direct = push.upload === "direct";
  const { entry: own, resumed } = await resumeWriting(known, source, context);
  const entry = resumed ? own : await claim(own, source.identity, final, context);
  const { progress } = entry;
  if (!progress?.path) throw new Error("an active push has its path");

  const offset = resumed?.offset ?? 0;
  const hasher = resumed?.hasher ?? (source.size <= quickBelow ? quickHasher() : await resumableHasher());
  try {
    const mode = direct ? "replace" : offset > 0 ? "resume" : "create";
    const writer = await remote.openWrite(progress.path, { mode, offset });
    let bytes = offset;
    try {
      bytes += await stream(resumed?.body ?? source, writer, hasher, context.signal);
    } catch (error) {
      await saveCheckpoint(error, entry, progress, writer, hasher, context);
      throw error;
    }
    const closed = (await writer.close()) ?? (await remote.stat(progress.path));
    assertWhole(bytes, source, closed, known, final, context);
    const sent: Omit<Delivery, "at" | "duration_ms"> = {
      identity: source.identity,
      destination: final,
      bytes,
      sha256: hasher.digest(),
      attempt: entry.attempts,
    };
    const delivery = await makeVisible(entry, sent, closed, final, context);
    return { result: "delivered", bytes, delivery };
  } catch (error) {
    // This name is nobody else's, whatever became of the entry: a successor has recorded another one.
    if (!direct && !(error instanceof OutOfTime || error instanceof LeaseLost))
      await tryToRemove(remote, progress.path);
    throw error;
  } finally {
    resumed?.body.discard();
  }
};

/** As many bytes as S3 said, and as many as the partner has. Throws VerificationError. */
const assertWhole = (
  bytes: number,
  source: OpenObject,
  there: RemoteStat | undefined,
  entry: Entry,
  final: string,
  { stream: { name }, push }: PushContext,
): void => {
  if (bytes !== source.size) {
    throw new VerificationError(
      `Stream ${name}: S3 sent ${bytes} of ${source.size} bytes of ${entry.source_location}; it is sent again`,
    );
  }
  if (push.verify === "off" || there?.size === bytes || (push.upload === "direct" && !there)) return;
  throw new VerificationError(
    there
      ? `Stream ${name}: the partner holds ${there.size} bytes of ${final}, ${bytes} were sent; the upload isn't shown and starts again. If this server always reports another size, set push.verify = "off"`
      : `Stream ${name}: the upload of ${final} was gone before it could be renamed; it starts again`,
  );
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
