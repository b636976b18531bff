/** Bytes on their way to a multipart upload: filled into parts, several of them under way, and how far they reach. */
import { sha256Sum, sumOfCrc64 } from "../aws/checksum.ts";
import { type Crc64, createCrc64 } from "../aws/crc64.ts";
import { createLimiter } from "../concurrency/limiter.ts";
import type { ObjectPlace, UploadedPart } from "../s3/objects.ts";
import type { Start } from "./begin-upload.ts";
import type { PullContext } from "./context.ts";
import { partBuffers } from "./part-buffers.ts";
import { type Point, trackParts } from "./parts.ts";

/** Parts of one file on their way at one time. */
const partsInFlight = 3;

export interface PartUploads {
  /** Bytes that were taken, with those of an earlier run. */
  readonly bytes: number;
  /** Copies the chunk before it resolves, so that its memory may be used again; `filled` is called behind each part that is on its way. */
  add(chunk: Uint8Array, filled: () => Promise<void>): Promise<void>;
  /** Sends what the last part has, and waits for all. Throws what an upload failed with. */
  finish(): Promise<void>;
  /** Waits for what is on its way, and gives up the part that isn't filled. */
  stop(): Promise<void>;
  /** Where a later run may go on. */
  contiguous(): Point;
  /** All that arrived, in order. */
  parts(): UploadedPart[];
}

/** The parts of the upload that `start` began, from its offset on. */
export const createPartUploads = (
  { uploadId, hasher, partSize, sums, parts, offset }: Start,
  place: ObjectPlace,
  { objects, memory, signal }: PullContext,
): PartUploads => {
  const track = trackParts(parts, partSize, offset);
  const buffers = partBuffers(memory, partSize);
  const uploads = createLimiter(partsInFlight);
  let part: Buffer | undefined;
  /** Of the part, counted of what is read: so S3 notices if its memory doesn't hold that any more when it is sent. */
  let crc: Crc64 | undefined;
  let filled = 0;
  let bytes = offset;

  const begin = (memory: Buffer): Buffer => {
    filled = 0;
    crc = sums === "crc64nvme" ? createCrc64() : undefined;
    return memory;
  };
  const upload = async (number: number, whole: Buffer, body: Buffer, counted: Crc64 | undefined): Promise<void> => {
    part = undefined;
    try {
      const sum = counted === undefined ? sha256Sum(body) : sumOfCrc64(counted);
      track.done(await objects.uploadPart(place, uploadId, number, body, sum, signal));
      buffers.putBack(whole);
    } finally {
      memory.give(partSize);
    }
  };
  /** What the part has of bytes; the last one of a file doesn't fill its memory. */
  const send = async (number: number, whole: Buffer): Promise<void> => {
    const [body, counted] = [whole.subarray(0, filled), crc];
    await uploads.add(() => upload(number, whole, body, counted));
  };

  return {
    get bytes() {
      return bytes;
    },
    async add(chunk, behindPart) {
      if (uploads.failed) await uploads.all();
      for (let used = 0; used < chunk.byteLength; ) {
        if (part === undefined) {
          await memory.take(partSize);
          part = begin(buffers.take());
        }
        const piece = chunk.subarray(used, used + partSize - filled);
        part.set(piece, filled);
        hasher?.update(piece);
        crc?.update(piece);
        filled += piece.byteLength;
        used += piece.byteLength;
        bytes += piece.byteLength;
        if (filled < partSize) continue;
        track.filled(bytes, hasher?.save?.());
        await send(bytes / partSize, part);
        await uploads.room();
        await behindPart();
      }
    },
    async finish() {
      // A file without a byte is one empty part.
      if (bytes === 0) await memory.take(partSize);
      if (bytes === 0) await send(1, begin(Buffer.alloc(0)));
      if (part !== undefined) await send(Math.ceil(bytes / partSize), part);
      await uploads.all();
    },
    async stop() {
      if (part !== undefined) {
        buffers.putBack(part);
        memory.give(partSize);
      }
      part = undefined;
      await uploads.idle();
    },
    contiguous: () => track.contiguous(),
    parts: () => track.parts(),
  };
};
