import type { Entry } from "../journal/entry.ts";
import type { RemoteReader } from "../sftp/remote.ts";
import { OutOfTime, VerificationError } from "../transfer/errors.ts";
import { type Hasher, quickHasher, resumableHasher } from "../transfer/hash.ts";
import type { ObjectPlace, UploadedPart } from "../transfer/objects.ts";
import type { PullContext } from "./pull.ts";

const mebibyte = 1024 * 1024;
/** Bytes of one part, and of the largest file that is put in one request. S3 wants at least 5 MiB a part. */
const smallestPart = 8 * mebibyte;
/** S3's limit is 10,000; the rest is room for a file that turns out to be larger than it was listed. */
const mostParts = 9_000;
/** Parts of one file on their way at one time. */
const partsInFlight = 3;

export const partSizeFor = (size: number): number =>
  Math.max(smallestPart, Math.ceil(size / mostParts / mebibyte) * mebibyte);

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
  /** Throws if the source isn't what it was when it was opened. */
  readonly unchanged: () => Promise<void>;
}

/** Copies a file's bytes to S3; when it returns, the whole object is there. */
export const copyFile = (task: CopyTask): Promise<Copy> =>
  task.reader.stat.size <= smallestPart && !task.entry.progress?.upload_id ? copySmall(task) : copyLarge(task);

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
    for await (const chunk of reader.chunks(0)) {
      context.signal.throwIfAborted();
      if (bytes + chunk.byteLength <= size) body.set(chunk, bytes);
      bytes += chunk.byteLength;
      if (bytes > size) break;
    }
    await task.unchanged();
    if (bytes !== size) throw truncated(task, bytes);
    const hasher = quickHasher();
    hasher.update(body);
    const sha256 = hasher.digest();
    await context.objects.put(place, body, {
      metadata,
      sha256: Buffer.from(sha256, "hex").toString("base64"),
      signal: context.signal,
    });
    return { entry, bytes, sha256 };
  } finally {
    context.memory.give(size);
  }
};

/** Parts that are in S3 without a hole, and where to go on. */
const resumable = async (
  task: CopyTask,
): Promise<{ entry: Entry; uploadId: string; parts: UploadedPart[]; offset: number; hasher: Hasher }> => {
  const { entry, place, metadata, reader, context } = task;
  const { progress } = entry;
  if (!progress) throw new Error("an active pull has its progress");
  if (progress.upload_id && progress.hash_state && progress.checkpoint) {
    const listed = await context.objects.listParts(place, progress.upload_id);
    const parts = (listed ?? [])
      .toSorted((a, b) => a.number - b.number)
      .slice(0, progress.checkpoint / (progress.part_size ?? 1));
    const offset = parts.reduce((sum, part) => sum + part.size, 0);
    if (offset === progress.checkpoint && parts.every((part, index) => part.number === index + 1)) {
      return { entry, uploadId: progress.upload_id, parts, offset, hasher: await resumableHasher(progress.hash_state) };
    }
  }
  if (progress.upload_id) await context.objects.abortUpload(place, progress.upload_id);
  const uploadId = await context.objects.createUpload(place, metadata);
  const own = await context.journal.update(entry, {
    progress: {
      ...progress,
      upload_id: uploadId,
      part_size: partSizeFor(reader.stat.size),
      checkpoint: undefined,
      hash_state: undefined,
    },
  });
  return { entry: own, uploadId, parts: [], offset: 0, hasher: await resumableHasher() };
};

const copyLarge = async (task: CopyTask): Promise<Copy> => {
  const { reader, place, context } = task;
  const start = await resumable(task);
  const { uploadId, hasher } = start;
  const partSize = start.entry.progress?.part_size ?? partSizeFor(reader.stat.size);
  const parts = [...start.parts];
  let bytes = start.offset;

  const uploads = new Set<Promise<void>>();
  let failure: unknown;
  const upload = (body: Uint8Array, giveBack: () => void) => {
    const number = bytes === 0 ? 1 : Math.ceil(bytes / partSize);
    const sending = context.objects
      .uploadPart(place, uploadId, number, body, context.signal)
      .then((part) => void parts.push(part))
      .catch((error: unknown) => {
        failure ??= error;
      })
      .finally(() => {
        giveBack();
        uploads.delete(sending);
      });
    uploads.add(sending);
  };

  let giveBack: (() => void) | undefined;
  let part: Buffer | undefined;
  let filled = 0;
  /** Hash state at the last whole part: a checkpoint may not lie inside one. */
  let stateAtPart: string | undefined = start.entry.progress?.hash_state;
  let bytesAtPart = bytes;
  try {
    for await (const chunk of reader.chunks(bytes)) {
      context.signal.throwIfAborted();
      if (failure) throw failure;
      let used = 0;
      while (used < chunk.byteLength) {
        if (!part) {
          await context.memory.take(partSize);
          giveBack = () => context.memory.give(partSize);
          part = Buffer.allocUnsafe(partSize);
          filled = 0;
        }
        const piece = chunk.subarray(used, used + partSize - filled);
        part.set(piece, filled);
        hasher.update(piece);
        filled += piece.byteLength;
        used += piece.byteLength;
        bytes += piece.byteLength;
        if (filled === partSize && giveBack) {
          upload(part, giveBack);
          part = undefined;
          giveBack = undefined;
          stateAtPart = hasher.save();
          bytesAtPart = bytes;
          while (uploads.size >= partsInFlight) await Promise.race(uploads);
        }
      }
    }
    if (part && giveBack) {
      upload(part.subarray(0, filled), giveBack);
      part = undefined;
      giveBack = undefined;
    }
    await Promise.all(uploads);
    if (failure) throw failure;
  } catch (error) {
    giveBack?.();
    await Promise.all(uploads);
    await saveCheckpoint(error, start.entry, parts, stateAtPart, bytesAtPart, partSize, context);
    throw error;
  }
  await task.unchanged();
  if (bytes !== reader.stat.size) throw truncated(task, bytes);
  const ordered = parts.toSorted((a, b) => a.number - b.number);
  if (!(await context.objects.completeUpload(place, uploadId, ordered))) await assertCompleted(task);
  return { entry: start.entry, bytes, sha256: hasher.digest() };
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

/** Out of time: the whole parts stay, and the next invocation goes on behind them. */
const saveCheckpoint = async (
  error: unknown,
  entry: Entry,
  parts: readonly UploadedPart[],
  state: string | undefined,
  bytes: number,
  partSize: number,
  { journal }: PullContext,
): Promise<void> => {
  if (!(error instanceof OutOfTime) || !entry.progress) return;
  const whole = bytes / partSize;
  const complete = parts.filter((part) => part.number <= whole).length === whole;
  await journal.update(entry, {
    state: "pending",
    attempts: Math.max(entry.attempts - 1, 0),
    progress:
      complete && state !== undefined ? { ...entry.progress, checkpoint: bytes, hash_state: state } : entry.progress,
  });
};
