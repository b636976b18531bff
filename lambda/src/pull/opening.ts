/**
 * The hop behind a pull: what was fetched lies whole below the staging prefix, and is changed into the object that gets the final key.
 * That appears when all of it was made and found to be sound, and not before. Loaded only by streams that ask for it.
 */
import type { Entry, Pulled } from "../journal/entry.ts";
import type { ObjectPlace, OpenObject } from "../s3/objects.ts";
import { stage } from "../staging/stage.ts";
import { discardStaged, placeOfStaged } from "../staging/staged.ts";
import { hasTime, leaveForLater } from "../staging/time.ts";
import { type Hop, together } from "../staging/transform.ts";
import { assertLease } from "../transfer/assert-lease.ts";
import type { Outcome } from "../transfer/context.ts";
import { VerificationError } from "../transfer/errors.ts";
import { lightHasher } from "../transfer/hash.ts";
import type { PullContext } from "./context.ts";
import type { Copy } from "./copy-task.ts";
import { finish } from "./finish.ts";
import { versionOf } from "./identity.ts";
import { metadataFor } from "./metadata.ts";

/** What a stream asks for, decrypted first; only that is loaded. Throws a SecretError. */
const hopOf = async (
  what: string,
  { pull: { pgp, extract }, stream, readSecret, clock, log }: PullContext,
): Promise<Hop> => {
  const hops: Hop[] = [];
  if (pgp !== undefined) {
    const { decryptWith } = await import("../staging/pgp/decrypt.ts");
    hops.push(await decryptWith(what, pgp, { stream: stream.name, readSecret, clock, log }));
  }
  if (extract !== undefined) hops.push((await import("../staging/extract.ts")).extractWith(what, extract));
  return together(hops);
};

const whatOf = ({ source_location }: Entry, { stream }: PullContext): string =>
  `Stream ${stream.name}: ${source_location}`;

/** Before anything is fetched. Throws RefusedError for a file that no invocation has the time to open. */
export const assertOpens = async (entry: Entry, context: PullContext): Promise<void> => {
  const { sizes, time } = context;
  const always = { ...time, left: () => Number.POSITIVE_INFINITY };
  const what = whatOf(entry, context);
  hasTime(what, entry.source.size ?? 0, await hopOf(what, context), sizes, always);
};

/** What was fetched is whole: from here on the partner isn't asked for it again. */
export const recordPulled = async ({ entry, bytes, sha256 }: Copy, context: PullContext): Promise<Entry> => {
  const { objects, journal } = context;
  const { progress } = entry;
  if (!progress?.staged) throw new Error("an active pull into staging has its key");
  const { holder, identity, started, staged } = progress;
  const place = placeOfStaged(staged, context);
  const there = await objects.head(place);
  if (there?.size !== bytes)
    throw new VerificationError(
      `${whatOf(entry, context)} was fetched to s3://${place.bucket}/${place.key}, which has ${there?.size ?? "no"} bytes and not ${bytes}; it is fetched again`,
    );
  const { versionId, etag } = there;
  return journal.update(entry, {
    progress: {
      phase: "opening",
      holder,
      identity,
      started,
      staged: { key: staged.key, version_id: versionId, etag, size: bytes },
      pulled: { bytes, sha256 },
    },
  });
};

/** All bytes, and those that were fetched. Throws VerificationError. */
async function* wholly(
  what: string,
  { body }: OpenObject,
  pulled: Pulled,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const hasher = lightHasher();
  let bytes = 0;
  for await (const chunk of body) {
    signal.throwIfAborted();
    hasher.update(chunk);
    bytes += chunk.byteLength;
    yield chunk;
  }
  if (bytes !== pulled.bytes || (pulled.sha256 !== undefined && hasher.digest() !== pulled.sha256))
    throw new VerificationError(`${what}: S3 gave other bytes than were fetched; they are read again`);
}

/** Nothing is left of what was fetched: it is fetched again. */
const startAgain = async (entry: Entry, what: string, { journal }: PullContext): Promise<never> => {
  await journal.update(entry, { progress: undefined });
  throw new VerificationError(`${what}: what was fetched is gone from staging; it is fetched again`);
};

/**
 * Opens what was fetched, and does with the partner's file what the stream says. Throws UnfitError for a file that isn't what it
 * has to be, RefusedError, OutOfTime, EntryTaken, LeaseLost, VerificationError, SourceStays, and S3's errors.
 */
export const open = async (entry: Entry, place: ObjectPlace, context: PullContext): Promise<Outcome> => {
  const { journal, objects, pull, sizes, time, signal } = context;
  const { progress } = entry;
  if (!progress?.staged || !progress.pulled) return startAgain(entry, whatOf(entry, context), context);
  const { staged, pulled, identity } = progress;
  const what = whatOf(entry, context);
  const hop = await hopOf(what, context);
  if (!hasTime(what, pulled.bytes, hop, sizes, time)) {
    await leaveForLater(entry, context);
    return { result: "waits", bytes: 0 };
  }
  const source = await objects.get(placeOfStaged(staged, context), {
    versionId: staged.version_id,
    etag: staged.etag ?? "",
    signal,
  });
  if (!source) return startAgain(entry, what, context);
  const hasher = lightHasher();
  async function* hashed(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      hasher.update(chunk);
      yield chunk;
    }
  }
  const { mode } = source.metadata;
  try {
    const made = await stage(
      {
        what,
        chunks: hashed(hop.transform(wholly(what, source, pulled, signal), signal)),
        expected: pulled.bytes,
        place,
        metadata: metadataFor(entry, place, identity, mode === undefined ? undefined : Number.parseInt(mode, 8)),
        storing: pull.storing,
        // An older file must not come over a newer one that another run has opened meanwhile.
        mayShow: () => assertLease(context),
      },
      context,
    );
    const { size, mtime } = versionOf(identity);
    const { holder, started } = progress;
    const copied = await journal.update(entry, {
      progress: {
        phase: "copied",
        holder,
        identity,
        started,
        size,
        mtime,
        bytes: made.size,
        sha256: hasher.digest(),
        pulled,
      },
    });
    await discardStaged(staged, context);
    return finish(copied, place, context);
  } finally {
    source.discard();
  }
};
