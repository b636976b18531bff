/** A push's prefix against the journal: what no event told of is made known. */
import type { PushStream } from "../config/types.ts";
import type { Entry } from "../journal/entry.ts";
import { type Judged, judgeObjects, recordObject, type StandingDeps } from "./standing.ts";

/** An object this young is left to its event, which is on its way. Milliseconds. */
const eventTime = 120_000;

export interface Comparison {
  /** Below the stream's prefix. */
  readonly prefix: string;
  /** Objects last modified before this are left alone. Milliseconds since the epoch. */
  readonly since: number;
  /** The last key of the part before. */
  readonly after: string | undefined;
  /** Makes nothing known. */
  readonly dryRun: boolean;
  readonly isOver: () => boolean;
  /** Missing objects after which a part ends. */
  readonly limit: number;
}

export interface Compared {
  readonly looked_at: number;
  readonly missingCount: number;
  readonly waiting: number;
  readonly failed: number;
  readonly delivered: number;
  readonly left_alone: number;
  /** Entries that were made for what was missing. */
  readonly known: readonly Entry[];
  /** With `dryRun`, what they would have been made for. */
  readonly missing: readonly Judged[];
  readonly next: string | undefined;
}

/** Compares the prefix with the journal and makes known what is missing there, until the time is up or there is enough. */
export const compareWithJournal = async (
  deps: StandingDeps,
  stream: PushStream,
  { prefix, since, after, dryRun, isOver, limit }: Comparison,
): Promise<Compared> => {
  const counts = { looked_at: 0, missingCount: 0, waiting: 0, failed: 0, delivered: 0, left_alone: 0 };
  const known: Entry[] = [];
  const missing: Judged[] = [];
  let next: string | undefined;
  for await (const page of deps.objects.list(stream.push.bucket, stream.push.prefix + prefix, { after })) {
    const now = deps.clock.wall();
    const old = page.filter(({ lastModified }) => lastModified >= since && now - lastModified > eventTime);
    counts.looked_at += page.length;
    counts.left_alone += page.length - old.length;
    for (const judged of await judgeObjects(deps, stream, old)) {
      const { standing } = judged;
      if (standing === "missing") {
        counts.missingCount++;
        const entry = dryRun ? undefined : await recordObject(deps, stream, judged);
        if (dryRun) missing.push(judged);
        else if (entry) known.push(entry);
      } else if (standing === "waiting" || standing === "failed" || standing === "delivered") counts[standing]++;
      else counts.left_alone++;
    }
    next = page.at(-1)?.key ?? next;
    if (isOver() || known.length + missing.length >= limit) break;
    next = undefined;
  }
  return { ...counts, known, missing, next };
};
