/** Multipart uploads that unfinished copies have left in S3. */
import type { PullConfig, StreamConfig } from "../config/types.ts";
import { type Entry, entryKey, stagingPrefix } from "../journal/entry.ts";
import type { ObjectPlace } from "../s3/objects.ts";
import { templateOf } from "../transfer/name-template.ts";
import { joinRemote } from "../transfer/paths.ts";
import { copyPlaceOf, type PullContext } from "./context.ts";
import { versionOf } from "./identity.ts";
import { closedPaths } from "./opened-path.ts";

type UploadContext = Pick<PullContext, "objects" | "log" | "sizes" | "staging">;

/** Aborts uploads to this very key other than `own`: nobody but a run of this stream begins one there. */
export const abortOthers = async (
  place: ObjectPlace,
  own: string | undefined,
  { objects, log, staging }: UploadContext,
): Promise<void> => {
  // Keys there come once, and the lifecycle removes what was begun.
  if (place.bucket === staging && place.key.startsWith(stagingPrefix)) return;
  try {
    for await (const page of objects.listUploads(place.bucket, place.key)) {
      for (const { key, uploadId } of page)
        if (key === place.key && uploadId !== own) await objects.abortUpload(place, uploadId);
    }
  } catch (error) {
    log.warn("Uploads that a run may have left behind couldn't be looked for; the bucket's lifecycle rule ends them", {
      destination: `${place.bucket}/${place.key}`,
      error,
    });
  }
};

/** Aborts what a copy, or its opening, has begun: the upload that its entry names, and one whose id a run died before it could record. */
export const abortUploads = async (entry: Entry, final: ObjectPlace, context: UploadContext): Promise<void> => {
  const { progress } = entry;
  if (progress?.phase === "opening") return abortOthers(final, undefined, context);
  const place = copyPlaceOf(entry, final, context);
  if (progress?.phase !== "copying") return;
  if (progress.upload_id) await context.objects.abortUpload(place, progress.upload_id);
  if (progress.upload_id || (versionOf(progress.identity).size ?? Infinity) > context.sizes.part)
    await abortOthers(place, undefined, context);
};

interface SweepContext extends Pick<PullContext, "objects" | "log" | "journal" | "table"> {
  /** Younger uploads are left alone. Milliseconds since the epoch. */
  readonly before: number;
}

/**
 * Aborts old uploads below the stream's prefix that nobody will complete, and returns how many there were. A run that has
 * lost its lease can begin one after its successor has delivered the file, and die before it could abort it: S3 can't fence
 * that. Only keys that the journal knows as this stream's are touched, and not the upload that their entry names.
 */
export const sweepUploads = async (
  stream: StreamConfig,
  pull: PullConfig,
  { objects, log, journal, table, before }: SweepContext,
): Promise<number> => {
  let aborted = 0;
  const claims = templateOf(pull) === undefined ? undefined : await import("../journal/name-claims.ts");
  /** What may have an upload to this key: the file of that path, the one that was called so, and the archive that it is of. */
  const entriesOf = async (path: string): Promise<Entry[]> => {
    const named = await claims?.namedEntry(table, { direction: "pull", stream: stream.name, path });
    const own = closedPaths(pull, path).map((one) => entryKey("pull", stream.name, joinRemote(pull.directory, one)));
    const isOther = named !== undefined && !own.some(({ pk, sk }) => named.pk === pk && named.sk === sk);
    return journal.readMany(isOther ? [...own, named] : own);
  };
  try {
    for await (const page of objects.listUploads(pull.bucket, pull.prefix)) {
      for (const { key, uploadId, begun } of page) {
        if (begun >= before) continue;
        const entries = await entriesOf(key.slice(pull.prefix.length));
        if (entries.length === 0 || entries.some(({ progress }) => progress?.upload_id === uploadId)) continue;
        await objects.abortUpload({ bucket: pull.bucket, key }, uploadId);
        aborted++;
        log.warn("A multipart upload that a dead run had left was aborted", { destination: `${pull.bucket}/${key}` });
      }
    }
  } catch (error) {
    log.warn("Left uploads couldn't be looked for; the bucket's lifecycle rule ends them", {
      destination: `${pull.bucket}/${pull.prefix}`,
      error,
    });
  }
  return aborted;
};
