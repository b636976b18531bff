import type { Entry } from "../journal/entry.ts";
import { release } from "../memory/release.ts";
import type { ObjectPlace, UploadedPart } from "../s3/objects.ts";
import type { RemoteReader } from "../sftp/remote.ts";
import { assertLease } from "../transfer/assert-lease.ts";
import { OutOfTime, reasonOf, VerificationError } from "../transfer/errors.ts";
import { type Hasher, hasherFor, lightHasher, loadHasher, resumableHasher } from "../transfer/hash.ts";
import type { PullContext } from "./context.ts";
import { partBuffers } from "./part-buffers.ts";
import { trackParts } from "./parts.ts";
import { abortOthers } from "./uploads.ts";

const mebibyte = 1024 * 1024;
/** S3's limit is 10,000; the rest is room for a file that turns out to be larger than it was listed. */
const maxParts = 9_000;
/** Parts of one file on their way at one time. */
const partsInFlight = 3;

/** Bytes of each part of a file. */
export const partSizeFor = (size: number, smallest: number): number =>
  size / maxParts <= smallest ? smallest : Math.ceil(size / maxParts / mebibyte) * mebibyte;

export interface Copy {
  readonly entry: Entry;
  readonly bytes: number;
  readonly sha256: string;
}

interface CopyTask {
  readonly entry: Entry;
  readonly reader: RemoteReader;
  readonly place: ObjectPlace;
  readonly metadata: Record<string, string>;
  readonly context: PullContext;
  /** Throws if the source isn't what it was when it was opened; `entry` is the entry as it is by then. */
  readonly unchanged: (entry: Entry) => Promise<void>;
}

/** Copies a file's bytes to S3; when it returns, the whole object is there. */
export const copyFile = (task: CopyTask): Promise<Copy> =>
  task.reader.stat.size <= task.context.sizes.part && !task.entry.progress?.upload_id
    ? copySmall(task)
    : copyLarge(task);

const truncated = (task: CopyTask, bytes: number) =>
  new VerificationError(
    `Stream ${task.entry.stream}: the partner sent ${bytes} of ${task.reader.stat.size} bytes of ${task.entry.source_location}; it is read again`,
  );

const copySmall = async (task: CopyTask): Promise<Copy> => {
  const { entry, reader, place, metadata, context } = task;
  const { size } = reader.stat;
  await context.memory.take(size);
  try {
    const body = Buffer.allocUnsafe(size);
    let bytes = 0;
    for await (const chunk of reader.chunks(0, { reuse: true })) {
      context.signal.throwIfAborted();
      if (bytes + chunk.byteLength <= size) body.set(chunk, bytes);
      bytes += chunk.byteLength;
      if (bytes > size) break;
    }
    await task.unchanged(entry);
    if (bytes !== size) throw truncated(task, bytes);
    const hasher = lightHasher();
    hasher.update(body);
    const sha256 = hasher.digest();
    // An older file must not come over a newer one that another run has copied meanwhile.
    await assertLease(context);
    await context.objects.put(place, body, {
      metadata,
      sha256: Buffer.from(sha256, "hex").toString("base64"),
      signal: context.signal,
    });
    release(body);
    return { entry, bytes, sha256 };
  } finally {
    context.memory.give(size);
  }
};

interface Start {
  readonly entry: Entry;
  readonly uploadId: string;
  readonly parts: readonly UploadedPart[];
  readonly partSize: number;
  readonly offset: number;
  /** Has the bytes before `offset`. */
  readonly hasher: Hasher;
}

/** Where an upload that was begun goes on: behind the parts that are in S3 without a hole. */
const resumed = async ({ entry, place, context }: CopyTask): Promise<Start | undefined> => {
  const { upload_id, hash_state, checkpoint, part_size } = entry.progress ?? {};
  if (!upload_id || !hash_state || !checkpoint || !part_size) return undefined;
  const hasher = await loadHasher(hash_state);
  const listed = hasher && (await context.objects.listParts(place, upload_id));
  const parts = (listed ?? []).toSorted((a, b) => a.number - b.number).slice(0, checkpoint / part_size);
  const offset = parts.reduce((sum, part) => sum + part.size, 0);
  const whole = offset === checkpoint && parts.every((part, index) => part.number === index + 1);
  return hasher && whole ? { entry, uploadId: upload_id, parts, partSize: part_size, offset, hasher } : undefined;
};

const begin = async (task: CopyTask): Promise<Start> => {
  const { place, metadata, reader, context } = task;
  const found = await resumed(task);
  if (found) return found;
  const { entry } = task;
  const { progress } = entry;
  if (!progress) throw new Error("an active pull has its progress");
  if (progress.upload_id) await context.objects.abortUpload(place, progress.upload_id);
  const { uploadId, repeated } = await context.objects.createUpload(place, metadata);
  const partSize = partSizeFor(reader.stat.size, context.sizes.part);
  let own: Entry;
  try {
    own = await context.journal.update(entry, {
      progress: { ...progress, upload_id: uploadId, part_size: partSize, checkpoint: undefined, hash_state: undefined },
    });
  } catch (error) {
    // Nobody would find it. (If the write took effect all the same, the successor begins another one.)
    await context.objects.abortUpload(place, uploadId);
    throw error;
  }
  // The first of two requests may have begun one as well, which nobody has the id of; and so may a run that died right
  // after it had aborted the recorded one.
  if (repeated || progress.upload_id) await abortOthers(place, uploadId, context);
  const hasher = own.attempts <= 1 ? await hasherFor(reader.stat.size, context) : await resumableHasher();
  return { entry: own, uploadId, parts: [], partSize, offset: 0, hasher };
};

const copyLarge = async (task: CopyTask): Promise<Copy> => {
  const { reader, place, context } = task;
  const start = await begin(task);
  const { uploadId, hasher, partSize } = start;
  const track = trackParts(start.parts, partSize, start.offset);
  let { entry } = start;
  let bytes = start.offset;
  let saved = context.clock.steady();

  const uploads = new Set<Promise<void>>();
  let failure: unknown;
  const buffers = partBuffers(context.memory, partSize);
  const upload = (number: number, body: Buffer, giveBack: () => void) => {
    const sending = context.objects
      .uploadPart(place, uploadId, number, body, context.signal)
      .then((done) => {
        track.done(done);
        buffers.putBack(body);
      })
      .catch((error: unknown) => {
        failure ??= error;
      })
      .finally(() => {
        giveBack();
        uploads.delete(sending);
      });
    uploads.add(sending);
  };
  const save = async (changes: Partial<Entry>) => {
    const point = track.contiguous();
    if (!entry.progress || !point || point.bytes <= (entry.progress.checkpoint ?? 0)) return;
    const progress = { ...entry.progress, checkpoint: point.bytes, hash_state: point.state };
    entry = await context.journal.update(entry, { ...changes, progress });
    saved = context.clock.steady();
  };

  let giveBack: (() => void) | undefined;
  let part: Buffer | undefined;
  let filled = 0;
  try {
    // Copied into the part at once, so that the reader may use its buffers again.
    for await (const chunk of reader.chunks(bytes, { reuse: true })) {
      context.signal.throwIfAborted();
      if (failure) throw failure;
      let used = 0;
      while (used < chunk.byteLength) {
        if (!part) {
          await context.memory.take(partSize);
          giveBack = () => context.memory.give(partSize);
          part = buffers.take();
          filled = 0;
        }
        const piece = chunk.subarray(used, used + partSize - filled);
        part.set(piece, filled);
        hasher.update(piece);
        filled += piece.byteLength;
        used += piece.byteLength;
        bytes += piece.byteLength;
        if (filled === partSize && giveBack) {
          track.filled(bytes, hasher.save());
          upload(bytes / partSize, part, giveBack);
          part = undefined;
          giveBack = undefined;
          while (uploads.size >= partsInFlight) await Promise.race(uploads);
          if (context.clock.steady() - saved >= context.sizes.checkpointEvery) await save({});
        }
      }
    }
    if (part && giveBack) {
      upload(Math.ceil(bytes / partSize), part.subarray(0, filled), giveBack);
      part = undefined;
      giveBack = undefined;
    }
    await Promise.all(uploads);
    if (failure) throw failure;
  } catch (error) {
    giveBack?.();
    await Promise.all(uploads);
    if (reasonOf(error, context.signal) instanceof OutOfTime)
      await save({ state: "pending", attempts: Math.max(entry.attempts - 1, 0) });
    throw error;
  }
  await task.unchanged(entry);
  if (bytes !== reader.stat.size) throw truncated(task, bytes);
  await assertLease(context);
  if (!(await context.objects.completeUpload(place, uploadId, track.parts()))) await assertCompleted(task);
  return { entry, bytes, sha256: hasher.digest() };
};

/** The upload is unknown to S3: completed by a request whose answer was lost, or aborted by somebody. */
const assertCompleted = async ({ entry, place, metadata, context }: CopyTask): Promise<void> => {
  const there = await context.objects.head(place);
  if (there?.metadata["sftp-version"] === metadata["sftp-version"] && there?.metadata["synched-by"] === entry.stream)
    return;
  throw new VerificationError(
    `Stream ${entry.stream}: the upload to s3://${place.bucket}/${place.key} was aborted by somebody; it starts again`,
  );
};
