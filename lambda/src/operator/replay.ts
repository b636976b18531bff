/** Moves files once more, or for the first time: one, those below a prefix, those of a time range. */

import type { Direction, PullStream, PushStream } from "../config/types.ts";
import type { Invocation } from "../invocation.ts";
import { ActionError } from "./action-error.ts";
import { drainNow, type FileOutcome } from "./drain-now.ts";
import { replayPull } from "./replay-pull.ts";
import { replayPush } from "./replay-push.ts";
import type { ReplayRequest } from "./replay-request.ts";
import { partnerFor, sideAsked, streamNamed } from "./select.ts";

export interface ReplayAnswer {
  readonly stream: string;
  readonly direction: Direction;
  readonly queued: number;
  readonly files: readonly FileOutcome[];
  readonly next?: string;
}

export const replay = async (invocation: Invocation, request: ReplayRequest): Promise<ReplayAnswer> => {
  const { deps } = invocation;
  const stream = streamNamed(deps.config, request.stream);
  const { direction } = sideAsked(stream, request.direction);
  const { path, prefix, since, until } = request;
  if (path === undefined && prefix === undefined && since === undefined && until === undefined)
    throw new ActionError(
      "malformed",
      'Say what is to be moved again: --path for one file, --prefix for those below it ("" for all), --since and --until for a time range.',
    );
  if (path !== undefined && prefix !== undefined)
    throw new ActionError("malformed", "Give --path for one file or --prefix for many, not both.");
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
