/**
 * `list`: the files at a stream's source with what the journal says of each. `dry-run`: only those that the next poll, or a
 * redelivery, would move, unless all are asked for; each with the reason. Neither changes anything.
 */

import type { Direction, PullStream, PushStream } from "../config/types.ts";
import { numbersFor } from "../drain/numbers.ts";
import { orderedSides, sideIdOf } from "../drain/order.ts";
import { lineOf } from "../drain/strict.ts";
import type { Invocation } from "../invocation.ts";
import { whyFailed, whyMissing, whyWaiting } from "../journal/describe.ts";
import { isOpen } from "../journal/entry.ts";
import { surveyPartner } from "../pull/survey.ts";
import { judgeObjects } from "../push/standing.ts";
import { maxRows } from "./limits.ts";
import { partnerFor, sideAsked, streamNamed } from "./select.ts";
import { assertOpen, withPartner } from "./with-partner.ts";

export interface ListRequest {
  readonly action: "list" | "dry-run";
  readonly stream: string;
  readonly direction?: Direction | undefined;
  /** Below the stream's source. */
  readonly prefix?: string | undefined;
  readonly next?: string | undefined;
}

export interface ListedFile {
  readonly path: string;
  readonly size: number | null;
  readonly modified: string | null;
  readonly state: string;
  readonly would: "move" | "leave";
  readonly why: string;
}

export interface ListAnswer {
  readonly stream: string;
  readonly files: readonly (ListedFile & { readonly direction: Direction })[];
  readonly would_move: number;
  readonly next?: string;
}

const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();

const listPush = async (
  { deps, deadline }: Invocation,
  stream: PushStream,
  { prefix = "", next: after }: ListRequest,
): Promise<{ files: ListedFile[]; next?: string | undefined }> => {
  const files: ListedFile[] = [];
  for await (const page of deps.objects.list(stream.push.bucket, stream.push.prefix + prefix, { after })) {
    for (const { path, object, standing, why, entry } of await judgeObjects(deps, stream, page)) {
      files.push({
        path,
        size: object.size,
        modified: iso(object.lastModified),
        state: entry?.state ?? "unknown",
        would: standing === "missing" || (standing === "waiting" && entry !== undefined) ? "move" : "leave",
        why: standing === "missing" ? `${why}: "reconcile" or "backfill" sends it` : why,
      });
    }
    const last = page.at(-1)?.key;
    if (last !== undefined && (deadline.isClosing() || files.length >= maxRows)) return { files, next: last };
  }
  return { files };
};

const listPull = async (
  invocation: Invocation,
  stream: PullStream,
  { prefix = "", next }: ListRequest,
): Promise<{ files: ListedFile[]; next?: string | undefined }> => {
  const { deps, deadline } = invocation;
  // A partner has no cursors: a listing is gone through again up to where the last answer ended.
  const skip = Number(next ?? 0);
  assertOpen(invocation, stream, "pull");
  return withPartner(invocation, partnerFor(deps.config, stream), async (remote) => {
    const files: ListedFile[] = [];
    let count = 0;
    for await (const directory of surveyPartner(deps, stream, remote)) {
      if (deadline.isClosing()) return { files, next: String(count) };
      for (const { path, file, entry, would, why } of directory.files) {
        if (!path.startsWith(prefix) || count++ < skip) continue;
        if (files.length >= maxRows || deadline.isClosing()) return { files, next: String(count - 1) };
        files.push({
          path,
          size: file?.size ?? null,
          modified: file?.mtime === undefined ? null : iso(file.mtime * 1000),
          state: entry?.state ?? "unknown",
          would,
          why,
        });
      }
    }
    return { files };
  });
};

/** Whom the files of a side with `strict_order` wait for, or for which number, in words for all but that one; undefined where none waits. */
const explainHeld = async (
  { deps }: Invocation,
  stream: PushStream | PullStream,
  direction: Direction,
): Promise<((file: ListedFile) => ListedFile) | undefined> => {
  const side = orderedSides([stream]).get(sideIdOf({ stream: stream.name, direction }));
  if (!side?.isStrict) return undefined;
  const now = deps.clock.wall();
  const numbers = await numbersFor(side, deps);
  for (const placed of await lineOf(side, deps, { numbers })) {
    const first = await deps.journal.read(placed);
    if (!first || first.marker_of || !(isOpen(first) || first.state === "failed")) continue;
    if (numbers && (placed.place ?? 0) > 0) {
      const why = whyMissing(stream.name, direction, numbers.cursor());
      return (file) => (file.state === "pending" ? { ...file, why } : file);
    }
    const state = first.state === "failed" ? whyFailed(first) : whyWaiting(first, now);
    const why = `it waits for ${JSON.stringify(first.path)} (${numbers ? "sequence" : "strict_order"}): ${state}; "skip" of that file lets the others go`;
    return (file) => (file.state === "pending" && file.path !== first.path ? { ...file, why } : file);
  }
  return undefined;
};

/** Where a listing of both sides goes on: the side, and the cursor in it. */
const placeIn = (next: string | undefined): { direction: Direction; cursor: string | undefined } => {
  const [, direction = "push", cursor = ""] = /^(push|pull):(.*)$/s.exec(next ?? "") ?? [];
  return { direction: direction as Direction, cursor: cursor === "" ? undefined : cursor };
};

/** Of a stream with both sides, and none asked for, first the push and then the pull, each in answers of its own. */
export const list = async (invocation: Invocation, request: ListRequest): Promise<ListAnswer> => {
  const stream = streamNamed(invocation.deps.config, request.stream);
  const both = request.direction === undefined && stream.push && stream.pull;
  const { direction: side, cursor } = both
    ? placeIn(request.next)
    : { direction: request.direction, cursor: request.next };
  const { direction } = sideAsked(stream, side);
  const { files, next: further } =
    direction === "push"
      ? await listPush(invocation, stream as PushStream, { ...request, next: cursor })
      : await listPull(invocation, stream as PullStream, { ...request, next: cursor });
  const explain = await explainHeld(invocation, stream as PushStream | PullStream, direction);
  const next = both ? (further === undefined ? undefined : `${direction}:${further}`) : further;
  const goOn = next ?? (both && direction === "push" ? "pull:" : undefined);
  return {
    stream: stream.name,
    files: files.map((file) => ({ direction, ...(explain?.(file) ?? file) })),
    would_move: files.filter(({ would }) => would === "move").length,
    ...(goOn === undefined ? {} : { next: goOn }),
  };
};
