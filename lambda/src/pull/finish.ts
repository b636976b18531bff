import type { Delivery, Entry } from "../journal/entry.ts";
import type { ObjectPlace } from "../s3/objects.ts";
import { isRefusal, RemoteError } from "../sftp/errors.ts";
import { assertLease } from "../transfer/assert-lease.ts";
import type { Outcome } from "../transfer/context.ts";
import { SourceStays } from "../transfer/errors.ts";
import type { PullContext } from "./context.ts";
import { mayBe, withoutTime } from "./identity.ts";
import { finishMoved, moveToDone } from "./move-to-done.ts";
import { removeSource } from "./remove-source.ts";

/** The copy is in S3: does with the partner's file what the stream says, and records the delivery. Throws SourceStays. */
export const finish = async (copied: Entry, place: ObjectPlace, context: PullContext): Promise<Outcome> => {
  const { journal, pull } = context;
  const delivery = deliveryOf(copied, place, context);
  let done: { readonly entry: Entry; readonly moved: string | undefined };
  try {
    done = await clearSource(copied, context);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    throw await recordCopy(copied, delivery, error, context);
  }
  const { entry, moved } = done;
  const { progress } = entry;
  const archived = pull.archive && progress?.phase === "moving" && moved !== undefined ? progress.path : undefined;
  const last: Delivery = {
    ...delivery,
    ...(moved !== undefined && moved !== progress?.identity && { moved }),
    ...(archived !== undefined && { archived }),
  };
  if (progress?.recorded) {
    const deliveries = entry.deliveries.with(-1, { ...entry.deliveries.at(-1), ...last });
    await journal.update(entry, { ...atRest, deliveries });
    return { result: "unchanged", bytes: 0 };
  }
  await journal.delivered(entry, last);
  return { result: "delivered", bytes: last.bytes, delivery: last };
};

/** Records the delivery of a copy whose file stays where it is; `entry` is what the journal has, which doesn't say yet that it is copied. */
export const deliver = async (
  entry: Entry,
  copied: Entry,
  place: ObjectPlace,
  context: PullContext,
): Promise<Outcome> => {
  const delivery = deliveryOf(copied, place, context);
  await context.journal.delivered(entry, delivery);
  return { result: "delivered", bytes: delivery.bytes, delivery };
};

const atRest = { state: "delivered", progress: undefined, last_error: undefined, replay: undefined } as const;

const deliveryOf = (
  { progress, source, attempts }: Entry,
  place: ObjectPlace,
  { clock, pull, traits }: PullContext,
): Delivery => {
  if (!progress) throw new Error("a copied file has its progress");
  const told = (source.identity === progress.identity ? source.listed : undefined) ?? progress.identity;
  // What is kept is known by its size where times say nothing, also once that is forgotten.
  const listed = pull.after === "keep" && traits.can("times") === false ? withoutTime(told) : told;
  return {
    at: new Date(clock.wall()).toISOString(),
    identity: progress.identity,
    ...(listed !== progress.identity && { listed }),
    destination: `${place.bucket}/${place.key}`,
    bytes: progress.bytes ?? progress.size ?? 0,
    sha256: progress.sha256 ?? "",
    attempt: attempts,
    duration_ms: clock.wall() - progress.started,
    ...(progress.files !== undefined && { files: progress.files }),
    ...(progress.pulled && {
      pulled_bytes: progress.pulled.bytes,
      ...(progress.pulled.sha256 !== undefined && { pulled_sha256: progress.pulled.sha256 }),
    }),
  };
};

/**
 * The partner's file couldn't be moved or deleted: the copy counts all the same, once, and what is tried again is the moving or
 * deleting alone.
 */
const recordCopy = async (
  { pk, sk }: Entry,
  delivery: Delivery,
  refusal: RemoteError,
  { journal }: PullContext,
): Promise<SourceStays> => {
  const cause = new RemoteError(refusal.kind, `${refusal.message} Its copy is in S3; only this is tried again.`, {
    ...(refusal.path !== undefined && { path: refusal.path }),
    cause: refusal,
  });
  const entry = await journal.read({ pk, sk });
  if (!entry?.progress || entry.progress.identity !== delivery.identity || entry.progress.recorded)
    return new SourceStays(undefined, cause);
  const progress = { ...entry.progress, recorded: true } as const;
  await journal.update(entry, { progress, deliveries: [...entry.deliveries, delivery] });
  return new SourceStays(delivery.bytes, cause);
};

/** Moves or deletes the partner's file, unless it is another one by now. `moved`: its identity in `.done`. */
export const clearSource = async (copied: Entry, context: PullContext) => {
  const { remote, pull } = context;
  const { progress, source_location: source } = copied;
  if (!progress) throw new Error("a copied file has its progress");
  // A run died around its rename: what it moved may be a file that nobody has read.
  const moved =
    progress.phase === "moving" && progress.path ? await finishMoved(copied, progress.path, context) : undefined;
  if (pull.after === "keep") return { entry: copied, moved };
  // STAT, as the file was looked at when it was read: LSTAT may tell another time.
  const there = await remote.stat(source);
  // Otherwise it was taken or replaced by the partner; the next poll sees what is there now. A look that isn't answered is
  // none: the moving or deleting itself tells.
  if (there === undefined || !mayBe(there, progress.identity)) return { entry: copied, moved };
  // Where it lies in `.done` as well, a server copied it instead of moving it.
  if (pull.after === "move" && moved === undefined) return moveToDone(copied, context);
  await assertLease(context);
  await removeSource(source, progress.identity, context);
  return { entry: copied, moved };
};
