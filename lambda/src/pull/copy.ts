import { hash } from "node:crypto";
import type { Entry } from "../journal/entry.ts";
import { releaseWhole } from "../memory/release.ts";
import { assertLease } from "../transfer/assert-lease.ts";
import { isLost, OutOfTime, reasonOf } from "../transfer/errors.ts";
import { assertCompleted, assertFits, beginUpload } from "./begin-upload.ts";
import { assertSum } from "./checksum.ts";
import { type Copy, type CopyTask, truncated } from "./copy-task.ts";
import { showNew } from "./in-the-way.ts";
import { makeRoom } from "./part-buffers.ts";
import { createPartUploads } from "./part-uploads.ts";
import { sumOfCopy } from "./sum.ts";

/** Copies a file's bytes to S3; when it returns, the whole object is there. */
export const copyFile = async (task: CopyTask): Promise<Copy> => {
  const { part } = task.context.sizes;
  const { size = part } = task.reader;
  if (size <= part && !task.entry.progress?.upload_id) {
    const copy = (await copySmall(task, size)) ?? (await copySmall(task, part));
    if (copy) return copy;
  }
  return copyLarge(task);
};

/** Up to this a file is read without memory of its own: mostly it comes as one piece. Bytes. */
const fewBytes = 64 * 1024;

/** All bytes, if there are no more than `room`. */
const wholeOf = async ({ reader, context }: CopyTask, room: number): Promise<Uint8Array | undefined> => {
  const buffer = room > fewBytes ? Buffer.allocUnsafe(room) : undefined;
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of reader.chunks(0, { reuse: buffer !== undefined })) {
    context.signal.throwIfAborted();
    if (bytes + chunk.byteLength > room) return undefined;
    if (buffer === undefined) pieces.push(chunk);
    else buffer.set(chunk, bytes);
    bytes += chunk.byteLength;
  }
  if (buffer !== undefined) return buffer.subarray(0, bytes);
  return pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
};

/** One of at most `room` bytes, through memory; undefined if there are more, whatever the server says. */
const copySmall = async (task: CopyTask, room: number): Promise<Copy | undefined> => {
  const { entry, reader, place, metadata, context } = task;
  await context.memory.take(room);
  makeRoom(context.memory);
  try {
    const body = await wholeOf(task, room);
    if (body === undefined) return undefined;
    const bytes = body.byteLength;
    await task.unchanged(entry, bytes);
    if (bytes < (reader.size ?? 0)) throw truncated(task, bytes);
    const sha256 = hash("sha256", body);
    assertSum(entry, task.expected, task.expected?.algorithm === "md5" ? hash("md5", body) : sha256);
    // An older file must not come over a newer one that another run has copied meanwhile.
    await assertLease(context);
    await showNew(entry, place, context, (only) =>
      context.objects.put(place, body, {
        metadata,
        sha256: Buffer.from(sha256, "hex").toString("base64"),
        signal: context.signal,
        storing: context.pull.storing,
        only,
      }),
    );
    releaseWhole(body);
    return { entry, bytes, sha256 };
  } finally {
    context.memory.give(room);
  }
};

const copyLarge = async (task: CopyTask): Promise<Copy> => {
  const { reader, place, context } = task;
  assertFits(task);
  const start = await beginUpload(task);
  const uploads = createPartUploads(start, place, context);
  let { entry } = start;
  let saved = context.clock.steady();

  const save = async (changes: Partial<Entry>) => {
    const point = uploads.contiguous();
    const { bytes, state } = point;
    if (!entry.progress || bytes <= (entry.progress.checkpoint ?? 0)) return;
    const progress = { ...entry.progress, checkpoint: bytes, ...(state !== undefined && { summed: { bytes, state } }) };
    entry = await context.journal.update(entry, { ...changes, progress });
    saved = context.clock.steady();
  };
  const saveNowAndThen = async () => {
    if (context.clock.steady() - saved >= context.sizes.checkpointEvery) await save({});
  };

  try {
    for await (const chunk of reader.chunks(start.offset, { reuse: true })) {
      context.signal.throwIfAborted();
      await uploads.add(chunk, saveNowAndThen);
    }
    await uploads.finish();
  } catch (error) {
    await uploads.stop();
    if (reasonOf(error, context.signal) instanceof OutOfTime)
      await save({ state: "pending", attempts: Math.max(entry.attempts - 1, 0) });
    // A server may end each connection after so many bytes or minutes: then every attempt has to get further than the last.
    else if (isLost(reasonOf(error, context.signal))) await save({}).catch(() => {});
    throw error;
  }
  await task.unchanged(entry, uploads.bytes);
  if (uploads.bytes < (reader.size ?? 0)) throw truncated(task, uploads.bytes);
  const sums = start.hasher && { sha256: start.hasher.digest(), md5: start.hasher.md5?.() };
  try {
    if (task.expected) assertSum(entry, task.expected, sums?.[task.expected.algorithm]);
  } catch (error) {
    // Else the next attempt would go on behind the very bytes that are wrong.
    await context.objects.abortUpload(place, start.uploadId);
    throw error;
  }
  await assertLease(context);
  const completed = await showNew(entry, place, context, (only) =>
    context.objects.completeUpload(place, start.uploadId, uploads.parts(), only),
  );
  const etag = completed ?? (await assertCompleted(task));
  const { bytes } = uploads;
  if (sums) return { entry, bytes, sha256: sums.sha256 };
  if (!entry.progress) throw new Error("an active pull has its progress");
  // Recorded first: reading it once more may take a while, and whoever comes next need not copy it again.
  const progress = { ...entry.progress, completed: etag, bytes, checkpoint: bytes };
  return { ...(await sumOfCopy(await context.journal.update(entry, { progress }), place, context)), bytes };
};
