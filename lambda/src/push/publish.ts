import type { Delivery, Entry, Progress } from "../journal/entry.ts";
import type { RemoteStat } from "../sftp/remote.ts";
import { assertLease } from "../transfer/assert-lease.ts";
import { TakenAway } from "../transfer/errors.ts";
import type { PushContext } from "./context.ts";
import { giveName } from "./in-the-way.ts";
import { removeOldMarker, writeMarker } from "./marker.ts";
import { isPublished } from "./published.ts";
import { removeAll } from "./temporary.ts";
import { laterLooks, takenAway } from "./verify.ts";

/**
 * The last steps: record that the upload is complete, give it its final name, write its marker, record that it is delivered. The record
 * before the rename is what tells a successor whether the file that it finds is the one it was about to publish.
 */
export const makeVisible = async (
  entry: Entry,
  delivery: Omit<Delivery, "at" | "duration_ms">,
  stat: RemoteStat | undefined,
  final: string,
  context: PushContext,
  md5?: string,
): Promise<Delivery> => {
  const { journal, clock, push, stream } = context;
  const { progress } = entry;
  if (!progress?.path) throw new Error("only an upload that was recorded can be published");
  const complete: Progress = {
    phase: "publishing",
    holder: progress.holder,
    identity: progress.identity,
    path: progress.path,
    litter: progress.litter,
    taken: progress.taken,
    staged: progress.staged,
    bytes: delivery.bytes,
    size: stat?.size ?? delivery.bytes,
    mtime: stat?.mtime,
    sha256: delivery.sha256,
    md5,
    started: progress.started,
  };
  const publishing = await journal.update(entry, { progress: complete });
  await assertLease(context);
  if (push.upload === "atomic") {
    await removeOldMarker(final, context);
    const { path } = progress;
    const upload = { path, final, size: complete.size ?? delivery.bytes };
    // Some servers rename, and refuse all the same for what comes after it: then it is there.
    const hasName = async (): Promise<boolean> =>
      (await giveName(publishing, upload, context)) || (await isPublished(publishing, complete, final, context));
    let isNamed = await hasName();
    // Some show a file seconds after it was closed.
    for await (const seen of isNamed ? [] : laterLooks(path, context)) {
      if (seen === undefined) continue;
      await assertLease(context);
      isNamed = await hasName();
      if (isNamed) break;
    }
    if (!isNamed) throw new TakenAway(takenAway(stream.name, final));
  }
  await removeAll(context, progress.litter ?? []);
  const marked = await writeMarker(publishing, final, context);
  return recordDelivered(marked, { ...delivery, duration_ms: clock.wall() - progress.started }, context);
};

/**
 * Records a delivery. When a newer version came in the meantime, the entry stays open for it, but remembers what is at the
 * partner.
 */
export const recordDelivered = async (
  entry: Entry,
  delivery: Omit<Delivery, "at">,
  { journal, clock }: PushContext,
): Promise<Delivery> => {
  const recorded = { ...delivery, at: new Date(clock.wall()).toISOString() };
  await journal.delivered(entry, recorded);
  return recorded;
};
