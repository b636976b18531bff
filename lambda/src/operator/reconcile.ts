/**
 * A push's prefix against the journal: what no event told of is made known, and sent. `reconcile` looks only at objects that
 * are younger than the stream (events can be lost), and not older than what the journal remembers; `backfill` takes those too that were there before it.
 */
import type { PushStream } from "../config/types.ts";
import type { Invocation } from "../invocation.ts";
import { readStreamStates } from "../journal/stream-state.ts";
import { compareWithJournal } from "../push/compare.ts";
import { ActionError } from "./action-error.ts";
import { drainNow, type FileOutcome } from "./drain-now.ts";
import { maxRows } from "./limits.ts";
import { partnerFor, pushOf, streamNamed } from "./select.ts";

export interface ReconcileRequest {
  readonly action: "reconcile" | "backfill";
  readonly stream: string;
  /** Below the stream's prefix. */
  readonly prefix?: string | undefined;
  /** Objects last modified before this are left alone. ISO 8601. */
  readonly since?: string | undefined;
  readonly dry_run?: boolean | undefined;
  readonly next?: string | undefined;
}

export interface ReconcileAnswer {
  readonly stream: string;
  readonly since: string | null;
  readonly looked_at: number;
  readonly missing: number;
  readonly waiting: number;
  readonly failed: number;
  readonly delivered: number;
  readonly left_alone: number;
  readonly files: readonly FileOutcome[];
  readonly next?: string;
}

const startOf = async ({ deps }: Invocation, request: ReconcileRequest): Promise<number> => {
  if (request.since !== undefined) return Date.parse(request.since);
  if (request.action === "backfill") return 0;
  const since = (await readStreamStates(deps.table)).of(request.stream, "since");
  // What is older may have been delivered, and its entry have expired.
  if (since) return Math.max(since.at, deps.journal.remembersSince());
  throw new ActionError(
    "not-allowed",
    `Stream ${request.stream}: the bridge hasn't seen a tick since it was made, so it can't tell lost events from older objects. Wait a minute, or give --since.`,
  );
};

export const reconcile = async (invocation: Invocation, request: ReconcileRequest): Promise<ReconcileAnswer> => {
  const { deps, deadline } = invocation;
  const stream = streamNamed(deps.config, request.stream);
  pushOf(stream);
  const since = await startOf(invocation, request);
  const { known, missing, missingCount, next, ...counts } = await compareWithJournal(deps, stream as PushStream, {
    prefix: request.prefix ?? "",
    since,
    after: request.next,
    dryRun: request.dry_run === true,
    isOver: () => deadline.isClosing(),
    limit: maxRows,
  });
  const moved = await drainNow(invocation, partnerFor(deps.config, stream).id, known);
  return {
    stream: stream.name,
    since: since === 0 ? null : new Date(since).toISOString(),
    ...counts,
    missing: missingCount,
    files: [...missing.map(({ path, why }) => ({ path, result: "missing", why })), ...moved],
    ...(next === undefined ? {} : { next }),
  };
};
