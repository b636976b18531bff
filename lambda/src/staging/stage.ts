/** The hop inside S3: an object's bytes, changed, as another object below the staging prefix. */

import { crc64Sum } from "../aws/checksum.ts";
import type { Storing } from "../config/types.ts";
import type { Staged } from "../journal/entry.ts";
import { release } from "../memory/release.ts";
import type { ObjectPlace, Only, UploadedPart } from "../s3/objects.ts";
import type { TransferContext } from "../transfer/context.ts";
import { RefusedError } from "../transfer/errors.ts";

export interface StageTask {
  /** For messages. */
  readonly what: string;
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Bytes, about: decides how large a part is. */
  readonly expected: number;
  /** Where nothing else is written meanwhile. */
  readonly place: ObjectPlace;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly storing?: Storing | undefined;
  /** Asked once all is written, before anything shows. What it throws ends it. */
  readonly mayShow?: () => Promise<void>;
  /** Has it shown, where not everything may be replaced. */
  readonly show?: (write: (only?: Only) => Promise<string | undefined>) => Promise<string | undefined>;
}

type StageContext = Pick<TransferContext, "objects" | "memory" | "sizes" | "signal">;

/** S3's limit is 10,000; the rest is room for what grows. */
const maxParts = 9_000;

const partSizeFor = ({ what, expected }: StageTask, { sizes }: StageContext): number => {
  const size = Math.max(sizes.part, Math.ceil(expected / maxParts));
  if (size > sizes.maxPart)
    throw new RefusedError(
      `${what} would have about ${expected} bytes when it is changed; with this function's memory it may have ${maxParts * sizes.maxPart}. Raise memory_size`,
    );
  return size;
};

/** Pieces of `size` bytes, the last one smaller, each in memory of its own that the budget has given. */
async function* pieces(
  chunks: AsyncIterable<Uint8Array>,
  size: number,
  { memory }: StageContext,
): AsyncGenerator<Buffer> {
  let piece: Buffer | undefined;
  let filled = 0;
  try {
    for await (const chunk of chunks) {
      for (let used = 0; used < chunk.byteLength; ) {
        if (piece === undefined) {
          await memory.take(size);
          piece = Buffer.allocUnsafeSlow(size);
          filled = 0;
        }
        const some = chunk.subarray(used, used + size - filled);
        piece.set(some, filled);
        filled += some.byteLength;
        used += some.byteLength;
        if (filled < size) continue;
        const full = piece;
        piece = undefined;
        yield full;
      }
    }
    if (piece !== undefined) {
      const last = piece.subarray(0, filled);
      piece = undefined;
      yield last;
    }
  } finally {
    if (piece !== undefined) memory.give(size);
  }
}

/**
 * Writes all chunks to the place, in bounded memory; nothing shows there before the last one. Throws what the chunks throw, S3's
 * errors, RefusedError, and the reason of the signal. What a run that dies leaves is removed by the bucket's lifecycle.
 */
export const stage = async (task: StageTask, context: StageContext): Promise<Staged & { readonly size: number }> => {
  const { place, chunks, metadata = {}, storing } = task;
  const { objects, memory, signal } = context;
  const size = partSizeFor(task, context);
  let uploadId: string | undefined;
  let under: Promise<UploadedPart> | undefined;
  const parts: UploadedPart[] = [];
  let bytes = 0;

  const settle = async () => {
    if (under !== undefined) parts.push(await under);
    under = undefined;
  };
  const send = async (id: string, number: number, piece: Buffer): Promise<UploadedPart> => {
    try {
      const part = await objects.uploadPart(place, id, number, piece, crc64Sum(piece), signal);
      release(piece);
      return part;
    } finally {
      memory.give(size);
    }
  };

  try {
    let number = 0;
    for await (const piece of pieces(chunks, size, context)) {
      let taken = true;
      try {
        signal.throwIfAborted();
        uploadId ??= (await objects.createUpload(place, metadata, storing)).uploadId;
        await settle();
        bytes += piece.byteLength;
        number += 1;
        taken = false;
        under = send(uploadId, number, piece);
        // The one behind it waits for it, and so does the end.
        under.catch(() => {});
      } finally {
        if (taken) memory.give(size);
      }
    }
    await settle();
    signal.throwIfAborted();
    if (uploadId === undefined) {
      uploadId = (await objects.createUpload(place, metadata, storing)).uploadId;
      const empty = Buffer.alloc(0);
      parts.push(await objects.uploadPart(place, uploadId, 1, empty, crc64Sum(empty), signal));
    }
    await task.mayShow?.();
    const id = uploadId;
    const write = (only?: Only) => objects.completeUpload(place, id, parts, only);
    await (task.show === undefined ? write() : task.show(write));
  } catch (error) {
    await under?.catch(() => {});
    if (uploadId !== undefined) await objects.abortUpload(place, uploadId).catch(() => {});
    throw error;
  }
  const there = await objects.head(place);
  if (there?.size !== bytes)
    throw new Error(
      `${task.what} was written to s3://${place.bucket}/${place.key}, which has ${there?.size ?? "no"} bytes and not ${bytes}; it is tried again`,
    );
  return { key: place.key, version_id: there.versionId, etag: there.etag, size: bytes };
};
