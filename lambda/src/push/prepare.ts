/**
 * What an object is changed into before it is sent (`push.compress`, `push.pgp`): one hop inside S3, under a name that is recorded
 * first, and of which nothing is sent before all of it is there. A run that dies on the way leaves what the next one does again.
 */
import type { PushConfig } from "../config/types.ts";
import type { Entry, Staged } from "../journal/entry.ts";
import type { ObjectPlace, OpenObject } from "../s3/objects.ts";
import { stage, stagingPrefix } from "../staging/stage.ts";
import { hasTime } from "../staging/time.ts";
import { endingOf, type Hop, together } from "../staging/transform.ts";
import type { TransferContext } from "../transfer/context.ts";
import { VerificationError } from "../transfer/errors.ts";
import { remotePathFor } from "../transfer/paths.ts";
import type { PushContext } from "./context.ts";

/** What names at the partner end with, beside their own ending. */
const suffixOf = ({ compress, pgp }: PushConfig): string =>
  (compress === undefined ? "" : endingOf[compress]) + (pgp?.suffix ?? "");

/** Where a file goes: the path below the prefix, or the one that a template made (`what` says so), below the stream's directory. Throws RefusedError. */
export const destinationOf = (stream: string, push: PushConfig, path: string, what?: string): string =>
  remotePathFor(stream, push.directory, path + suffixOf(push), what);

const needsHop = ({ compress, pgp }: PushConfig): boolean => compress !== undefined || pgp !== undefined;

/** Compressed first: what is encrypted can't be. Only what a stream asks for is loaded. Throws a SecretError. */
const hopOf = async ({
  push: { compress, pgp },
  stream,
  readSecret,
  clock,
  log,
}: PushContext): Promise<Hop | undefined> =>
  together([
    ...(compress === undefined ? [] : [(await import("../staging/compress.ts")).compressWith(compress)]),
    ...(pgp === undefined
      ? []
      : [
          await (await import("../staging/pgp/encrypt.ts")).encryptWith(pgp, {
            stream: stream.name,
            readSecret,
            clock,
            log,
          }),
        ]),
  ]);

/** Until a file is due again that an invocation has too little time left for. Milliseconds. */
const untilNext = 60_000;

type Staging = Pick<TransferContext, "staging" | "objects" | "log">;

const placeOfStaged = ({ key }: Staged, { staging }: Pick<Staging, "staging">): ObjectPlace => ({
  bucket: staging,
  key,
});

/** Removes what was staged, as far as that can be done; what stays, the bucket's lifecycle removes. */
export const discardStaged = async (staged: Staged | undefined, context: Staging): Promise<void> => {
  if (staged === undefined) return;
  try {
    await context.objects.remove(placeOfStaged(staged, context), staged.version_id);
  } catch (error) {
    context.log.warn("A staged object couldn't be removed; the bucket's lifecycle removes it", {
      key: staged.key,
      error,
    });
  }
};

/** The staged bytes, with what is known of the source: its version, its time, its metadata. */
const inPlaceOf = (source: OpenObject, staged: OpenObject, place: ObjectPlace): OpenObject => ({
  ...staged,
  place,
  identity: source.identity,
  lastModified: source.lastModified,
  metadata: source.metadata,
});

async function* whole(what: string, { body, size }: OpenObject, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of body) {
    signal.throwIfAborted();
    bytes += chunk.byteLength;
    yield chunk;
  }
  if (bytes !== size) throw new VerificationError(`${what}: S3 gave ${bytes} of ${size} bytes; it is read again`);
}

/**
 * What is to be sent of a source: itself, or what it was changed into, now or by an earlier run. Undefined where this invocation
 * hasn't the time: then it is due again in a minute. Throws RefusedError for what no invocation has the time or the memory for,
 * OutOfTime, EntryTaken, VerificationError and S3's errors.
 */
export const prepare = async (
  entry: Entry,
  source: OpenObject,
  context: PushContext,
): Promise<{ readonly entry: Entry; readonly source: OpenObject } | undefined> => {
  const { journal, objects, push, stream, lease, nonce, clock, sizes, time, signal } = context;
  if (!needsHop(push)) return { entry, source };
  const { progress } = entry;
  const open = async (staged: Staged) => {
    const place = placeOfStaged(staged, context);
    const found = await objects.get(place, { versionId: staged.version_id, etag: staged.etag ?? "", signal });
    return found && inPlaceOf(source, found, place);
  };

  // Another hop may give other bytes of the same version: what was sent of the first one goes on with that, and no other.
  const earlier = progress?.identity === source.identity && progress.staged?.etag !== undefined && progress.staged;
  const found = earlier && (await open(earlier));
  if (found) return { entry, source: found };

  const what = `Stream ${stream.name}: s3://${entry.source_location}`;
  const hop = await hopOf(context);
  if (hop === undefined) return { entry, source };
  if (!hasTime(what, source.size, hop, sizes, time)) {
    await journal.update(entry, { state: "pending", next_attempt: clock.wall() + untilNext });
    return undefined;
  }
  const key = `${stagingPrefix}push/${stream.name}/${nonce()}`;
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
  const chunks = hop.transform(whole(what, source, signal), signal);
  const staged = await stage({ what, chunks, expected: source.size, place: { bucket: context.staging, key } }, context);
  if (!claimed.progress) throw new Error("an active push has its progress");
  const ready = await journal.update(claimed, { progress: { ...claimed.progress, staged } });
  const changed = await open(staged);
  if (!changed) throw new VerificationError(`${what}: what it was changed into is gone from S3; it is changed again`);
  return { entry: ready, source: changed };
};
