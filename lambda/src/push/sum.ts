/** The SHA-256 of an upload that went on where an earlier run had stopped. */
import type { Entry } from "../journal/entry.ts";
import type { OpenObject } from "../s3/objects.ts";
import { VerificationError } from "../transfer/errors.ts";
import { sumAgain, type WholeSums } from "../transfer/sum-again.ts";
import { type PushContext, placeOf } from "./context.ts";

/**
 * Reads the version that was sent once more from S3. The upload is whole by then, so that a run whose time is up in here leaves
 * a checkpoint at its end. Throws VerificationError where S3 no longer has that version: then the next attempt sends what there is.
 */
export const sumOfSource = async (
  known: Entry,
  source: OpenObject,
  context: PushContext,
): Promise<WholeSums & { readonly entry: Entry }> => {
  const { journal, objects, push, signal } = context;
  const what = `Stream ${context.stream.name}: s3://${known.source_location}`;
  let entry = known;
  let open: OpenObject | undefined;
  const read = async (offset: number) => {
    open = await objects.get(source.place ?? placeOf(entry, push), {
      versionId: source.versionId,
      etag: source.etag,
      offset,
      expected: source.size,
      signal,
    });
    if (!open) throw new VerificationError(`${what} was deleted before it was compared with what was sent of it`);
    return open.body;
  };
  try {
    const sums = await sumAgain(
      {
        md5: push.marker?.content === "md5",
        from: entry.progress?.summed,
        size: source.size,
        what,
        read,
        save: async (summed, isLast) => {
          const { progress } = entry;
          if (!progress) throw new Error("an active push has its progress");
          entry = await journal.update(entry, {
            ...(isLast && { state: "pending", attempts: Math.max(entry.attempts - 1, 0) }),
            progress: { ...progress, renamed_from: undefined, checkpoint: source.size, summed },
          });
        },
      },
      context,
    );
    return { ...sums, entry };
  } finally {
    open?.discard();
  }
};
