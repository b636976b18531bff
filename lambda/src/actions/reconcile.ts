/**
 * A push's prefix against the journal: what no event told of is made known, and sent. `reconcile` looks only at objects that
 * are younger than the stream (events can be lost); `backfill` takes those too that were there before it.
 */
import type { PushStream } from "../config/types.ts";
import type { Entry } from "../journal/entry.ts";
import { readFacts } from "../journal/facts.ts";
import type { Invocation } from "./context.ts";
import { ActionError } from "./failure.ts";
import { judgeObjects, makeKnown } from "./judge-object.ts";
import { drainNow, type FileOutcome } from "./outcome.ts";
import { mostRows } from "./slice.ts";
import { partnerFor, pushOf, streamNamed } from "./streams.ts";

/** An object this young is left to its event, which is on its way. Milliseconds. */
const eventTime = 120_000;

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
  const since = (await readFacts(deps.table)).of(request.stream, "since");
  if (since) return since.at;
  throw new ActionError(
    "not-allowed",
    `Stream ${request.stream}: the bridge hasn't seen a tick since it was made, so it can't tell lost events from older objects. Wait a minute, or give "since".`,
  );
};

/** What a look at the prefix found, before anything is sent. */
export interface Compared extends Omit<ReconcileAnswer, "files"> {
  /** Entries that were made for what was missing. */
  readonly known: readonly Entry[];
  /** With `dry_run`, what they would have been made for. */
  readonly files: readonly FileOutcome[];
}

/** Compares the prefix with the journal and makes known what is missing there, until the time is up or there is enough for one answer. */
export const compare = async (invocation: Invocation, request: ReconcileRequest): Promise<Compared> => {
  const { deps, deadline } = invocation;
  const stream = streamNamed(deps.config, request.stream);
  const push = pushOf(stream);
  const since = await startOf(invocation, request);
  const counts = { looked_at: 0, missing: 0, waiting: 0, failed: 0, delivered: 0, left_alone: 0 };
  const known: Entry[] = [];
  const files: FileOutcome[] = [];
  let next: string | undefined;

  const prefix = push.prefix + (request.prefix ?? "");
  for await (const page of deps.objects.list(push.bucket, prefix, { after: request.next })) {
    const now = deps.clock.wall();
    const old = page.filter(({ lastModified }) => lastModified >= since && now - lastModified > eventTime);
    counts.looked_at += page.length;
    counts.left_alone += page.length - old.length;
    for (const judged of await judgeObjects(deps, stream as PushStream, old)) {
      const { standing, path, why } = judged;
      if (standing === "missing") {
        counts.missing++;
        if (request.dry_run) files.push({ path, result: "missing", why });
        else {
          const entry = await makeKnown(deps, stream as PushStream, judged);
          if (entry) known.push(entry);
        }
      } else if (standing === "waiting" || standing === "failed" || standing === "delivered") counts[standing]++;
      else counts.left_alone++;
    }
    next = page.at(-1)?.key ?? next;
    if (deadline.isClosing() || known.length + files.length >= mostRows) break;
    next = undefined;
  }
  return {
    stream: stream.name,
    since: since === 0 ? null : new Date(since).toISOString(),
    ...counts,
    known,
    files,
    ...(next === undefined ? {} : { next }),
  };
};

export const reconcile = async (invocation: Invocation, request: ReconcileRequest): Promise<ReconcileAnswer> => {
  const { known, ...answer } = await compare(invocation, request);
  const partner = partnerFor(invocation.deps.config, streamNamed(invocation.deps.config, request.stream));
  return { ...answer, files: [...answer.files, ...(await drainNow(invocation, partner.id, known))] };
};
