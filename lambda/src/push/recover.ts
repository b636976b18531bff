/** What a successor makes of an upload that another run left behind. */

import type { Entry } from "../journal/entry.ts";
import { assertLease } from "../transfer/assert-lease.ts";
import type { Outcome } from "../transfer/context.ts";
import { isTemporary, nameOf } from "../transfer/paths.ts";
import { type PushContext, placeOf } from "./context.ts";
import { giveName, isInTheWay } from "./in-the-way.ts";
import { removeOldMarker, writeMarker } from "./marker.ts";
import { recordDelivered } from "./publish.ts";
import { isPublished } from "./published.ts";
import { removeAll, temporariesOf } from "./temporary.ts";

/**
 * A run ended between `publishing` and `delivered`. With `marking` the file has its name, and only its marker is written. The temporary file is there: it is whole, rename it. The final file is
 * the recorded one: it was renamed. Neither: it is sent again; this is the one window in which a partner that
 * takes files at once may get one twice.
 */
export const recoverPublishing = async (
  entry: Entry,
  final: string,
  context: PushContext,
): Promise<{ outcome?: Outcome; entry: Entry }> => {
  const { journal, remote, lease, push } = context;
  const { progress } = entry;
  const direct = push.upload === "direct";
  const recorded = direct ? [progress?.path] : temporariesOf(progress, final, push);
  const path = progress?.path;
  // In a work directory that is the stream's no longer: not looked for there, and all the same it may have its name by now.
  const isElsewhere = path !== undefined && !recorded.includes(path) && isTemporary(nameOf(path));
  const isMarking = progress?.phase === "marking";
  if (!(isMarking || progress?.phase === "publishing") || path === undefined || !(isElsewhere || path === recorded[0]))
    return { entry };
  const { size, bytes = size ?? 0, sha256 = "", identity } = progress;

  // Taken over first: from here on the other run's writes fail.
  const own = await journal.update(entry, { progress: { ...progress, holder: lease.holder } });
  const superseded = await isSuperseded(own, identity, context);
  const temporary = direct || isMarking || isElsewhere ? undefined : await remote.stat(path);

  // It is still under its temporary name: what has the final one is another file.
  const isTaken = temporary !== undefined && (await isInTheWay(final, context));
  let published = isMarking;
  if (temporary && !superseded && !isTaken && (temporary.size ?? size) === size) {
    await assertLease(context);
    await removeOldMarker(final, context);
    published = await giveName(own, { path, final, size: temporary.size ?? size ?? bytes }, context);
  } else if (temporary) {
    await removeAll(context, [path]);
  }
  if (!published && (isTaken || !(await isPublished(own, progress, final, context)))) {
    // Gone from both names: the partner may have taken it, so the number in its name isn't another version's.
    const target = own.target && !temporary ? ({ ...own.target, shown: true } as const) : own.target;
    return {
      entry: await journal.update(own, { target, progress: { ...progress, phase: "writing", ...noCheckpoint } }),
    };
  }
  await removeAll(context, temporariesOf(progress, final, push));
  const delivery = {
    identity,
    destination: final,
    bytes,
    sha256,
    attempt: own.attempts,
    duration_ms: context.clock.wall() - progress.started,
  };
  if (!superseded) {
    const marked = await writeMarker(own, final, context);
    const recorded = await recordDelivered(marked, delivery, context);
    return { outcome: { result: "delivered", bytes, delivery: recorded }, entry: own };
  }
  const at = new Date(context.clock.wall()).toISOString();
  return {
    entry: await journal.update(own, { progress: undefined, deliveries: [...own.deliveries, { ...delivery, at }] }),
  };
};

const noCheckpoint = { checkpoint: undefined, summed: undefined, renamed_from: undefined } as const;

/** Is what was about to be published no longer the newest version? */
const isSuperseded = async (entry: Entry, identity: string, { objects, push }: PushContext): Promise<boolean> => {
  const newest = await objects.head(placeOf(entry, push));
  return newest !== undefined && newest.identity !== identity;
};
