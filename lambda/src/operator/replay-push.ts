import type { PushStream } from "../config/types.ts";
import type { Invocation } from "../invocation.ts";
import { type Entry, entryKey } from "../journal/entry.ts";
import { EntryTaken } from "../journal/entry-writes.ts";
import { type Judged, judgeObjects, recordObject } from "../push/standing.ts";
import type { ListedObject } from "../s3/objects.ts";
import { type FileOutcome, queuedByOther } from "./drain-now.ts";
import { maxRows } from "./limits.ts";
import { needsForce, type Replayed, type ReplayRequest, withinRange } from "./replay-request.ts";

const again = async ({ deps }: Invocation, entry: Entry): Promise<Entry | undefined> => {
  const now = deps.clock.wall();
  try {
    return await deps.journal.update(entry, {
      state: "pending",
      replay: true,
      attempts: 0,
      next_attempt: now,
      known_at: new Date(now).toISOString(),
      last_error: undefined,
    });
  } catch (error) {
    if (error instanceof EntryTaken) return undefined;
    throw error;
  }
};

const replayObject = async (
  invocation: Invocation,
  stream: PushStream,
  judged: Judged,
  force: boolean,
): Promise<Entry | FileOutcome> => {
  const { path, standing, entry, why } = judged;
  const nothing = (reason = why): FileOutcome => ({ path, result: standing, why: reason });
  if (standing === "missing") return (await recordObject(invocation.deps, stream, judged)) ?? queuedByOther(path);
  if (standing === "failed" && entry) return (await again(invocation, entry)) ?? queuedByOther(path);
  if ((standing === "delivered" || standing === "skipped") && entry) {
    if (!force) return nothing(`${why}. ${needsForce}`);
    return (await again(invocation, entry)) ?? queuedByOther(path);
  }
  return nothing();
};

const timeOf = ({ delivery, object }: Judged): number => (delivery ? Date.parse(delivery.at) : object.lastModified);

const isEntry = (result: Entry | FileOutcome): result is Entry => "rev" in result;

const objectsAsked = async function* (
  { deps }: Invocation,
  { push }: PushStream,
  { path, prefix = "", next }: ReplayRequest,
): AsyncGenerator<readonly ListedObject[]> {
  if (path === undefined) {
    yield* deps.objects.list(push.bucket, push.prefix + prefix, { after: next });
    return;
  }
  const key = push.prefix + path;
  const version = await deps.objects.head({ bucket: push.bucket, key });
  if (version) yield [{ key, size: version.size, lastModified: version.lastModified }];
};

export const replayPush = async (
  invocation: Invocation,
  stream: PushStream,
  request: ReplayRequest,
): Promise<Replayed> => {
  const { deps, deadline } = invocation;
  const entries: Entry[] = [];
  const files: FileOutcome[] = [];
  let found = false;
  for await (const page of objectsAsked(invocation, stream, request)) {
    for (const judged of await judgeObjects(deps, stream, page)) {
      found = true;
      if (!withinRange(request, timeOf(judged))) continue;
      const result = await replayObject(invocation, stream, judged, request.force === true);
      if (isEntry(result)) entries.push(result);
      else files.push(result);
    }
    const last = page.at(-1)?.key;
    if (last !== undefined && request.path === undefined)
      if (deadline.isClosing() || entries.length + files.length >= maxRows) return { entries, files, next: last };
  }
  if (!found && request.path !== undefined) {
    const { bucket, prefix } = stream.push;
    const known = await deps.journal.read(entryKey("push", stream.name, `${bucket}/${prefix}${request.path}`));
    const last = known?.deliveries.at(-1);
    files.push({
      path: request.path,
      result: "missing",
      why: `s3://${bucket}/${prefix}${request.path} doesn't exist${last ? ` any more; it was delivered at ${last.at}` : ""}. Nothing was done; put the object there again, or restore its version`,
    });
  }
  return { entries, files };
};
