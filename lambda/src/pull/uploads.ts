/** Multipart uploads that unfinished copies have left in S3. */
import type { Entry } from "../journal/entry.ts";
import type { ObjectPlace } from "../transfer/objects.ts";
import type { PullContext } from "./pull.ts";

type UploadContext = Pick<PullContext, "objects" | "log" | "sizes">;

/** Aborts uploads to this very key other than `own`: nobody but a run of this stream begins one there. */
export const abortOthers = async (
  place: ObjectPlace,
  own: string | undefined,
  { objects, log }: UploadContext,
): Promise<void> => {
  try {
    for (const id of await objects.listUploads(place)) if (id !== own) await objects.abortUpload(place, id);
  } catch (error) {
    log.warn("Uploads that a run may have left behind couldn't be looked for; the bucket's lifecycle rule ends them", {
      destination: `${place.bucket}/${place.key}`,
      error,
    });
  }
};

/** Aborts what a copy has begun: the upload that its entry names, or one whose id it died before it could record. */
export const abortUploads = async (entry: Entry, place: ObjectPlace, context: UploadContext): Promise<void> => {
  const { progress } = entry;
  if (progress?.phase !== "copying") return;
  if (progress.upload_id) await context.objects.abortUpload(place, progress.upload_id);
  else if (sizeOf(progress.identity) > context.sizes.part) await abortOthers(place, undefined, context);
};

/** Bytes of the version that was being copied: its identity begins with them. */
const sizeOf = (identity: string): number => Number.parseInt(identity, 10);
