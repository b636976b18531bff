/** Objects that are made of what lies in staging: changed, or the same bytes in another place. */
import type { Storing } from "../config/types.ts";
import type { Entry, Progress, Pulled, Staged } from "../journal/entry.ts";
import type { ObjectPlace, OpenObject } from "../s3/objects.ts";
import { type StageTask, stage } from "../staging/stage.ts";
import { discardStaged, placeOfStaged } from "../staging/staged.ts";
import { hasTime, leaveForLater } from "../staging/time.ts";
import type { Hop } from "../staging/transform.ts";
import { assertLease } from "../transfer/assert-lease.ts";
import { VerificationError } from "../transfer/errors.ts";
import { lightHasher } from "../transfer/hash.ts";
import type { PullContext } from "./context.ts";
import { metadataFor } from "./metadata.ts";

/** As it is, to another place. Without S3 and its TLS 370 MiB a second were measured. */
export const copying: Hop = { name: "copying", pace: 40 * 1024 * 1024, transform: (source) => source };

export const whatOf = ({ source_location }: Entry, { stream }: Pick<PullContext, "stream">): string =>
  `Stream ${stream.name}: ${source_location}`;

/** All bytes, and those that were fetched. Throws VerificationError. */
export async function* wholly(
  what: string,
  { body }: OpenObject,
  known: Pulled,
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
  if (bytes !== known.bytes || (known.sha256 !== undefined && hasher.digest() !== known.sha256))
    throw new VerificationError(`${what}: S3 gave other bytes than were fetched; they are read again`);
}

/** Nothing is left of what was fetched: it is fetched again. */
export const startAgain = async (entry: Entry, context: PullContext): Promise<never> => {
  await context.journal.update(entry, { progress: undefined });
  throw new VerificationError(`${whatOf(entry, context)}: what was fetched is gone from staging; it is fetched again`);
};

interface Making {
  readonly entry: Entry;
  readonly staged: Staged;
  /** What lies there. */
  readonly known: Pulled;
  /** Undefined for the same bytes. */
  readonly hop?: Hop | undefined;
  /** Where to; `destination` is what it says that it is a copy for. */
  readonly place: ObjectPlace;
  readonly destination: ObjectPlace;
  readonly storing?: Storing | undefined;
  readonly show?: StageTask["show"];
}

/** Makes an object of a staged one. Undefined if that is gone; `late` if this invocation has no time for it. */
export const make = async (
  { entry, staged, known, hop = copying, place, destination, storing, show }: Making,
  context: PullContext,
): Promise<(Staged & { readonly size: number; readonly sha256: string }) | "late" | undefined> => {
  const { objects, sizes, time, signal } = context;
  const what = whatOf(entry, context);
  if (!hasTime(what, known.bytes, hop, sizes, time)) return "late";
  const source = await objects.get(placeOfStaged(staged, context), {
    versionId: staged.version_id,
    etag: staged.etag ?? "",
    signal,
  });
  if (!source) return undefined;
  const hasher = lightHasher();
  async function* hashed(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      hasher.update(chunk);
      yield chunk;
    }
  }
  const { mode } = source.metadata;
  const identity = entry.progress?.identity ?? "";
  try {
    const made = await stage(
      {
        what,
        chunks: hashed(hop.transform(wholly(what, source, known, signal), signal)),
        expected: known.bytes,
        place,
        metadata: metadataFor(entry, destination, identity, mode === undefined ? undefined : Number.parseInt(mode, 8)),
        storing,
        // An older file must not come over a newer one that another run has opened meanwhile.
        mayShow: () => assertLease(context),
        ...(show && { show }),
      },
      context,
    );
    return { ...made, sha256: hasher.digest() };
  } finally {
    source.discard();
  }
};

/** What is known of the object that lies in staging from then on. */
interface Remaking extends Pick<Making, "staged" | "hop" | "destination"> {
  readonly pulled: Pulled;
  /** Its key in staging, which comes once, and as what it is recorded. */
  readonly key: string;
  readonly as: "opened" | "unsealed";
}

/** Changes what lies in staging into another object there, which takes its place in the entry. Undefined if it is left for later. */
export const remake = async (
  entry: Entry,
  { staged, pulled, hop, destination, key, as }: Remaking,
  context: PullContext,
): Promise<Entry | undefined> => {
  const place = placeOfStaged({ key }, context);
  const made = await make({ entry, staged, known: pulled, hop, place, destination }, context);
  if (made === undefined) return startAgain(entry, context);
  if (made === "late") {
    await leaveForLater(entry, context);
    return undefined;
  }
  const { sha256, ...there } = made;
  const next = await context.journal.update(entry, {
    progress: { ...(entry.progress as Progress), staged: there, [as]: { bytes: there.size, sha256 } },
  });
  await discardStaged(staged, context);
  return next;
};
