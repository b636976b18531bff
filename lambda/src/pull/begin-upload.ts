/** Where a multipart upload begins, goes on, and is found to have ended. */
import type { Entry } from "../journal/entry.ts";
import type { UploadedPart } from "../s3/objects.ts";
import { RefusedError, VerificationError } from "../transfer/errors.ts";
import { type Hasher, lightHasher, loadHasher, savableHasher } from "../transfer/hash.ts";
import type { CopyTask } from "./copy-task.ts";
import { abortOthers } from "./uploads.ts";

const mebibyte = 1024 * 1024;
/** S3's limit is 10,000; the rest is room for a file that turns out to be larger than it was listed. */
const maxParts = 9_000;

/** Bytes of each part of a file. */
export const partSizeFor = (size: number, smallest: number): number =>
  size / maxParts <= smallest ? smallest : Math.ceil(size / maxParts / mebibyte) * mebibyte;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html: 48.8 TiB, which are 10,000 parts of 5 GiB. Bytes. */
const maxObject = 10_000 * 5 * 1024 * mebibyte;

const shown = (bytes: number): string =>
  bytes >= 1024 ** 4 ? `${(bytes / 1024 ** 4).toFixed(1)} TiB` : `${(bytes / 1024 ** 3).toFixed(1)} GiB`;

/** Of the upload that the entry has. */
const partSizeOf = ({ progress }: Pick<Entry, "progress">): number | undefined =>
  progress?.part_size ?? progress?.part_bytes;

/** Throws RefusedError for a file that S3 can't hold, or whose parts the function's memory can't. */
export const assertFits = ({ entry, reader, context: { sizes } }: CopyTask): void => {
  // What no size is told of takes the parts that there are, and S3 says when they are too many.
  const { size = 0 } = reader;
  const said = `Stream ${entry.stream}: the partner says that ${entry.source_location} has ${size} bytes (${shown(size)})`;
  if (size > maxObject)
    throw new RefusedError(
      `${said}; an object of S3 has at most ${shown(maxObject)}. Have the partner split it, or correct it.`,
    );
  const most = maxParts * sizes.maxPart;
  if (Math.max(partSizeFor(size, sizes.part), partSizeOf(entry) ?? 0) > sizes.maxPart)
    throw new RefusedError(
      `${said}; with this function's memory a file may have ${shown(most)}, since S3 takes 10,000 parts and each lies in memory. If the size is right, raise memory_size; else have the partner correct it.`,
    );
};

export interface Start {
  readonly entry: Entry;
  readonly uploadId: string;
  readonly parts: readonly UploadedPart[];
  readonly partSize: number;
  /** What its parts are held against. */
  readonly sums: "crc64nvme" | "sha256";
  readonly offset: number;
  /** Has the bytes before `offset`; undefined where the object is hashed when it is whole. */
  readonly hasher: Hasher | undefined;
}

/** Where an upload that was begun goes on: behind the parts that are in S3 without a hole. */
const resumed = async ({ entry, place, context, expected }: CopyTask): Promise<Start | undefined> => {
  const { upload_id, summed, checkpoint, part_size } = entry.progress ?? {};
  const partSize = partSizeOf(entry);
  if (!upload_id || !checkpoint || !partSize) return undefined;
  // What is held against a sum before anybody sees it has to be hashed on its way, from its first byte on.
  const isSummed = expected !== undefined && summed?.bytes === checkpoint;
  const hasher = isSummed ? await loadHasher(summed.state, { md5: expected.algorithm === "md5" }) : undefined;
  if (expected && !hasher) return undefined;
  const listed = await context.objects.listParts(place, upload_id);
  const parts = (listed ?? []).toSorted((a, b) => a.number - b.number).slice(0, checkpoint / partSize);
  const offset = parts.reduce((sum, part) => sum + part.size, 0);
  const whole = offset === checkpoint && parts.every((part, index) => part.number === index + 1);
  const sums = part_size === undefined ? "crc64nvme" : "sha256";
  return whole ? { entry, uploadId: upload_id, parts, partSize, sums, offset, hasher } : undefined;
};

/** Goes on with the upload that the entry has, or begins one and records it. */
export const beginUpload = async (task: CopyTask): Promise<Start> => {
  const { place, metadata, reader, context } = task;
  const found = await resumed(task);
  if (found) return found;
  const { entry } = task;
  const { progress } = entry;
  if (!progress) throw new Error("an active pull has its progress");
  if (progress.upload_id) await context.objects.abortUpload(place, progress.upload_id);
  const { uploadId, repeated } = await context.objects.createUpload(place, metadata, context.pull.storing);
  const partSize = partSizeFor(reader.size ?? 0, context.sizes.part);
  let own: Entry;
  try {
    own = await context.journal.update(entry, {
      progress: {
        ...progress,
        upload_id: uploadId,
        part_size: undefined,
        part_bytes: partSize,
        checkpoint: undefined,
        summed: undefined,
      },
    });
  } catch (error) {
    // Nobody would find it. (If the write took effect all the same, the successor begins another one.)
    await context.objects.abortUpload(place, uploadId);
    throw error;
  }
  // The first of two requests may have begun one as well, which nobody has the id of; and so may a run that died right
  // after it had aborted the recorded one.
  if (repeated || progress.upload_id) await abortOthers(place, uploadId, context);
  const { expected } = task;
  const hasher = expected ? await savableHasher(undefined, { md5: expected.algorithm === "md5" }) : lightHasher();
  return { entry: own, uploadId, parts: [], partSize, sums: "crc64nvme", offset: 0, hasher };
};

/**
 * The upload is unknown to S3: completed by a request whose answer was lost, or aborted by somebody. Returns the object's
 * ETag. Throws VerificationError.
 */
export const assertCompleted = async ({ entry, place, metadata, context }: CopyTask): Promise<string> => {
  const there = await context.objects.head(place);
  const { metadata: found } = there ?? { metadata: {} as Record<string, string> };
  const isThis = ["sftp-version", "sftp-copy"].every((name) => found[name] === metadata[name]);
  if (there && isThis && found["synched-by"] === entry.stream) return there.etag;
  throw new VerificationError(
    `Stream ${entry.stream}: the upload to s3://${place.bucket}/${place.key} was aborted by somebody; it starts again`,
  );
};
