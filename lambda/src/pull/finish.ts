import type { Delivery, Entry } from "../journal/entry.ts";
import type { ObjectPlace } from "../s3/objects.ts";
import { RemoteError } from "../sftp/errors.ts";
import { assertLease } from "../transfer/assert-lease.ts";
import type { Outcome } from "../transfer/context.ts";
import { SourceStays } from "../transfer/errors.ts";
import type { PullContext } from "./context.ts";
import { mayBe } from "./identity.ts";
import { finishMoved, moveToDone } from "./move-to-done.ts";
import { isThere } from "./there.ts";

/** The copy is in S3: does with the partner's file what the stream says, and records the delivery. Throws SourceStays. */
export const finish = async (copied: Entry, place: ObjectPlace, context: PullContext): Promise<Outcome> => {
  const { journal } = context;
  const delivery = deliveryOf(copied, place, context);
  let done: { readonly entry: Entry; readonly moved: string | undefined };
  try {
    done = await clearSource(copied, context);
  } catch (error) {
    if (!(error instanceof RemoteError) || error.kind === "lost") throw error;
    throw await recordCopy(copied, delivery, error, context);
  }
  const { entry, moved } = done;
  const { progress } = entry;
  const last: Delivery = { ...delivery, ...(moved !== undefined && moved !== progress?.identity && { moved }) };
  if (progress?.recorded) {
    const deliveries = entry.deliveries.with(-1, { ...entry.deliveries.at(-1), ...last });
    await journal.update(entry, { ...atRest, deliveries });
    return { result: "unchanged", bytes: 0 };
  }
  await journal.delivered(entry, last);
  return { result: "delivered", bytes: last.bytes, delivery: last };
};

const atRest = { state: "delivered", progress: undefined, last_error: undefined, replay: undefined } as const;

const deliveryOf = ({ progress, source, attempts }: Entry, place: ObjectPlace, { clock }: PullContext): Delivery => {
  if (!progress) throw new Error("a copied file has its progress");
  return {
    at: new Date(clock.wall()).toISOString(),
    identity: progress.identity,
    ...(source.listed !== undefined && source.identity === progress.identity && { listed: source.listed }),
    destination: `${place.bucket}/${place.key}`,
    bytes: progress.bytes ?? progress.size ?? 0,
    sha256: progress.sha256 ?? "",
    attempt: attempts,
    duration_ms: clock.wall() - progress.started,
  };
};

/**
 * The partner's file couldn't be moved or deleted: the copy counts all the same, once, and what is tried again is the moving or
 * deleting alone.
 */
const recordCopy = async (
  { pk, sk }: Entry,
  delivery: Delivery,
  cause: RemoteError,
  { journal }: PullContext,
): Promise<SourceStays> => {
  const entry = await journal.read({ pk, sk });
  if (!entry?.progress || entry.progress.identity !== delivery.identity || entry.progress.recorded)
    return new SourceStays(undefined, cause);
  const progress = { ...entry.progress, recorded: true } as const;
  await journal.update(entry, { progress, deliveries: [...entry.deliveries, delivery] });
  return new SourceStays(delivery.bytes, cause);
};

/** Moves or deletes the partner's file, unless it is another one by now. `moved`: its identity in `.done`. */
const clearSource = async (copied: Entry, context: PullContext) => {
  const { remote, pull } = context;
  const { progress, source_location: source } = copied;
  if (!progress) throw new Error("a copied file has its progress");
  // A run died around its rename: what it moved may be a file that nobody has read.
  const moved =
    progress.phase === "moving" && progress.path ? await finishMoved(copied, progress.path, context) : undefined;
  if (pull.after === "keep") return { entry: copied, moved };
  const there = await remote.lstat(source);
  // Otherwise it was taken or replaced by the partner; the next poll sees what is there now. A look that isn't answered is
  // none: the moving or deleting itself tells.
  if (there === undefined || !mayBe(there, progress.identity)) return { entry: copied, moved };
  // Where it lies in `.done` as well, the server copied it instead of moving it.
  if (pull.after === "move" && moved === undefined) return moveToDone(copied, context);
  await assertLease(context);
  await removeSource(source, progress.identity, context);
  return { entry: copied, moved };
};

/** Removes the partner's file, and looks whether it has gone: some servers answer OK and do nothing. Throws RemoteError. */
const removeSource = async (path: string, identity: string, { remote }: PullContext): Promise<void> => {
  const asked = remote.remove(path).then(
    (was) => (was ? "OK" : "that there is no such file"),
    (error: unknown) => ({ error }),
  );
  // Sent together: where the server answers in order, looking costs no round trip.
  const [answer, early] = await Promise.all([asked, remote.lstat(path)]);
  if (early === undefined) return;
  const there = await remote.lstat(path);
  if (there !== undefined && !mayBe(there, identity)) return; // another one was put there
  if (there === undefined || !(await isThere(remote, path))) return;
  if (typeof answer !== "string") throw answer.error;
  throw new RemoteError(
    "failure",
    `${remote.partner}: cannot remove ${JSON.stringify(path)}: the server answers ${answer}, and the file is still there. Its copy is in S3, and it isn't copied again. Ask the partner whether the user may delete; a stream that leaves files where they are has pull.after = "keep".`,
    { path },
  );
};
