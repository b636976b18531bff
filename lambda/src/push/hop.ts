/**
 * The hop before a push: an object is changed into another one inside S3, under a name that is recorded first, and nothing of that
 * is sent before all of it is there. A run that dies on the way leaves what the next one does again.
 */
import { type Entry, type Staged, stagingPrefix } from "../journal/entry.ts";
import type { ObjectPlace, OpenObject } from "../s3/objects.ts";
import { stage } from "../staging/stage.ts";
import { discardStaged, freshKey, placeOfStaged } from "../staging/staged.ts";
import { hasTime, leaveForLater } from "../staging/time.ts";
import { type Hop, together } from "../staging/transform.ts";
import { VerificationError } from "../transfer/errors.ts";
import { nameOf } from "../transfer/paths.ts";
import type { PushContext } from "./context.ts";

/** Compressed first: what is encrypted can't be. Only what a stream asks for is loaded. Throws a SecretError, and RefusedError for a name that no archive may have. */
const hopOf = async (
  what: string,
  entry: Entry,
  { size, lastModified }: OpenObject,
  { push: { compress, pgp }, stream, readSecret, clock, log }: PushContext,
): Promise<Hop> => {
  const hops: Hop[] = [];
  if (compress === "zip") {
    const name = nameOf(entry.path);
    hops.push((await import("../staging/zip.ts")).zipOf({ what, name, time: lastModified, size }));
  } else if (compress !== undefined) hops.push((await import("../staging/compress.ts")).compressWith(compress));
  if (pgp !== undefined) {
    const { encryptWith } = await import("../staging/pgp/encrypt.ts");
    hops.push(await encryptWith(pgp, { stream: stream.name, readSecret, clock, log }));
  }
  return together(hops);
};

/** The staged bytes, with what is known of the source: its version, its time, its metadata. */
const inPlaceOf = (source: OpenObject, staged: OpenObject, place: ObjectPlace): OpenObject => ({
  ...staged,
  place,
  identity: source.identity,
  lastModified: source.lastModified,
  metadata: source.metadata,
});

async function* wholly(what: string, { body, size }: OpenObject, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of body) {
    signal.throwIfAborted();
    bytes += chunk.byteLength;
    yield chunk;
  }
  if (bytes !== size) throw new VerificationError(`${what}: S3 gave ${bytes} of ${size} bytes; it is read again`);
}

/**
 * What a source was changed into, now or by an earlier run. Undefined where this invocation
 * hasn't the time: then it is due again in a minute. Throws RefusedError for what no invocation has the time or the memory for,
 * OutOfTime, EntryTaken, VerificationError and S3's errors.
 */
export const changed = async (
  entry: Entry,
  source: OpenObject,
  context: PushContext,
): Promise<{ readonly entry: Entry; readonly source: OpenObject } | undefined> => {
  const { journal, objects, stream, lease, clock, sizes, time, signal } = context;
  const { progress } = entry;
  const open = async (staged: Staged) => {
    const place = placeOfStaged(staged, context);
    const found = await objects.get(place, {
      versionId: staged.version_id,
      etag: staged.etag ?? "",
      expected: staged.size,
      signal,
    });
    return found && inPlaceOf(source, found, place);
  };

  // Another hop may give other bytes of the same version: what was sent of the first one goes on with that, and no other.
  const earlier = progress?.identity === source.identity && progress.staged?.etag !== undefined && progress.staged;
  const found = earlier && (await open(earlier));
  if (found) return { entry, source: found };

  const what = `Stream ${stream.name}: s3://${entry.source_location}`;
  const hop = await hopOf(what, entry, source, context);
  if (!hasTime(what, source.size, hop, sizes, time)) {
    await leaveForLater(entry, context);
    return undefined;
  }
  const key = freshKey(`${stagingPrefix}push/`, context);
  const claimed = await journal.update(entry, {
    state: "active",
    progress: {
      phase: "preparing",
      holder: lease.holder,
      identity: source.identity,
      // Uploads of earlier attempts, which are removed once the next one is recorded.
      path: progress?.path,
      litter: progress?.litter,
      taken: progress?.taken,
      staged: { key },
      started: clock.wall(),
    },
  });
  await discardStaged(progress?.staged, context);
  const chunks = hop.transform(wholly(what, source, signal), signal);
  const staged = await stage({ what, chunks, expected: source.size, place: { bucket: context.staging, key } }, context);
  if (!claimed.progress) throw new Error("an active push has its progress");
  const ready = await journal.update(claimed, { progress: { ...claimed.progress, staged } });
  const whole = await open(staged);
  if (!whole) throw new VerificationError(`${what}: what it was changed into is gone from S3; it is changed again`);
  return { entry: ready, source: whole };
};
