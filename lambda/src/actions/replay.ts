/** Moves files once more, or for the first time: one, those below a prefix, those of a time range. */
import type { PullStream, PushStream } from "../config/types.ts";
import { type Entry, entryKey } from "../journal/entry.ts";
import { EntryTaken } from "../journal/journal.ts";
import type { Direction } from "../telemetry/types.ts";
import type { ListedObject } from "../transfer/objects.ts";
import type { Invocation } from "./context.ts";
import { ActionError } from "./failure.ts";
import { type Judged, judgeObjects, makeKnown } from "./judge-object.ts";
import { drainNow, type FileOutcome, queuedByOther } from "./outcome.ts";
import { replayPull } from "./replay-pull.ts";
import { mostRows } from "./slice.ts";
import { partnerFor, sideAsked, streamNamed } from "./streams.ts";

export interface ReplayRequest {
  readonly stream: string;
  readonly direction?: Direction | undefined;
  /** One file, below the stream's source. */
  readonly path?: string | undefined;
  readonly prefix?: string | undefined;
  /** By the time of the last delivery, or, if there was none, by the time of the file. ISO 8601; `until` is not included. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  /** Also what was delivered already. */
  readonly force?: true | undefined;
  readonly next?: string | undefined;
}

export interface Replayed {
  readonly entries: readonly Entry[];
  /** Files for which nothing was done, and why. */
  readonly files: readonly FileOutcome[];
  readonly next?: string | undefined;
}

export interface ReplayAnswer {
  readonly stream: string;
  readonly direction: Direction;
  readonly queued: number;
  readonly files: readonly FileOutcome[];
  readonly next?: string;
}

/** Is this moment within the range that was asked for? Milliseconds. */
export const withinRange = ({ since, until }: ReplayRequest, time: number): boolean =>
  (since === undefined || time >= Date.parse(since)) && (until === undefined || time < Date.parse(until));

export const needsForce = 'Nothing was done; "force": true moves it again.';

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
  if (standing === "missing") return (await makeKnown(invocation.deps, stream, judged)) ?? queuedByOther(path);
  if (standing === "failed" && entry) return (await again(invocation, entry)) ?? queuedByOther(path);
  if (standing === "delivered" && entry) {
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

const replayPush = async (invocation: Invocation, stream: PushStream, request: ReplayRequest): Promise<Replayed> => {
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
      if (deadline.isClosing() || entries.length + files.length >= mostRows) return { entries, files, next: last };
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

export const replay = async (invocation: Invocation, request: ReplayRequest): Promise<ReplayAnswer> => {
  const { deps } = invocation;
  const stream = streamNamed(deps.config, request.stream);
  const { direction } = sideAsked(stream, request.direction);
  const { path, prefix, since, until } = request;
  if (path === undefined && prefix === undefined && since === undefined && until === undefined)
    throw new ActionError(
      "malformed",
      'Say what is to be moved again: "path" for one file, "prefix" for those below it ("" for all), "since" and "until" for a time range.',
    );
  if (path !== undefined && prefix !== undefined)
    throw new ActionError("malformed", 'Give "path" for one file or "prefix" for many, not both.');
  const { entries, files, next } =
    direction === "push"
      ? await replayPush(invocation, stream as PushStream, request)
      : await replayPull(invocation, stream as PullStream, request);
  const moved = await drainNow(invocation, partnerFor(deps.config, stream).id, entries);
  return {
    stream: stream.name,
    direction,
    queued: entries.length,
    files: [...files, ...moved],
    ...(next === undefined ? {} : { next }),
  };
};
