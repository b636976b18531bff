/** What becomes of an entry whose transfer failed. */
import { type Entry, isOpen } from "../journal/entry.ts";
import { EntryTaken } from "../journal/entry-writes.ts";
import type { Journal } from "../journal/journal.ts";
import { LeaseLost } from "../journal/lease.ts";
import { isGivenUp, retryDelay } from "../journal/retry.ts";
import { isConnectRefusal, RemoteError, Unanswered } from "../sftp/errors.ts";
import type { Telemetry } from "../telemetry/types.ts";
import { OutOfTime, RefusedError, SourceChanged, UnfitError } from "../transfer/errors.ts";
import { explain, failureKind } from "./explain.ts";

export interface FailureContext {
  readonly journal: Journal;
  readonly telemetry: Telemetry;
  readonly retryForDays: number;
  /** Since when a file could be moved that has been known since then. ISO 8601. */
  readonly triedSince: (knownAt: string) => string;
  readonly now: () => number;
  readonly random: () => number;
  /** Of the lease that this run works under. */
  readonly holder: string;
  /** The connection is gone: what fails now isn't the file's fault. */
  readonly connectionLost: boolean;
  /** Removes what unfinished transfers of this file have left on either side; false if it can't. */
  readonly discard: (entry: Entry) => Promise<boolean>;
}

const isPermanent = (error: unknown): boolean =>
  error instanceof RefusedError ||
  (error instanceof RemoteError && (error.kind === "permission" || error.kind === "unsupported"));

/** A connection that is lost, or time that runs out, this often in a row without any progress may be this file's doing. */
const innocent = 2;

/**
 * Records a failed transfer: the next attempt, or that the file is given up. Failures that aren't the file's fault (time,
 * lease, connection, a newer version) leave it due at once; but a file that ends every connection, or never gets anywhere
 * in a whole invocation, would so be tried for ever and stand in the way of the others.
 */
export const recordFailure = async (entry: Entry, error: unknown, context: FailureContext): Promise<void> => {
  const { journal, telemetry, now, random } = context;
  const stopped = error instanceof OutOfTime;
  if (error instanceof EntryTaken || error instanceof LeaseLost || error instanceof SourceChanged) {
    telemetry.log.debug("A transfer stopped; it goes on later", { ...fieldsOf(entry), error });
    return;
  }
  const current = await journal.read(entry);
  if (!current || !isOpen(current) || !isOurs(entry, current, context.holder)) return;
  const advanced = reachOf(current) > reachOf(entry);
  const untouched = current.rev === entry.rev;
  if (stopped && (advanced || untouched)) return;

  // Further connections are made for files (anew.ts): that one is refused is the partner's doing.
  const refused = isConnectRefusal(error);
  const blameless = stopped || refused || (context.connectionLost && !(error instanceof Unanswered));
  const isFree = refused || (blameless && advanced);
  const attempts = isFree ? entry.attempts : entry.attempts + 1;
  const permanent = !blameless && isPermanent(error);
  const givenUp =
    error instanceof UnfitError ||
    isGivenUp({ known_at: context.triedSince(current.known_at) }, permanent, context.retryForDays, now());
  const counted = blameless ? attempts - innocent : attempts;
  const delay = counted > 0 && !isFree ? retryDelay(counted, random) : 0;
  await journal.update(current, {
    state: givenUp ? "failed" : "pending",
    attempts,
    ...(delay > 0 && { next_attempt: now() + delay }),
    ...(delay > 0 && { last_error: errorRecord(current, error, now()) }),
    ...(givenUp && (await context.discard(current)) && { progress: undefined }),
  });
  if (delay === 0 && !givenUp) return;
  telemetry.recordFailure(
    givenUp
      ? "A file was given up; it stays in the journal as failed until it is redriven"
      : `A file wasn't moved; it is tried again in ${Math.round(delay / 1000)} s`,
    { ...fieldsOf(entry), attempt: attempts, givenUp, reason: explain(error, current), error },
  );
};

/** Bytes that are there, those that were read once more, and files of an archive. */
const reachOf = ({ progress }: Entry): number =>
  (progress?.checkpoint ?? 0) + (progress?.summed?.bytes ?? 0) + (progress?.published ?? 0);

/**
 * Is the entry still what this run was working on? Else another run has taken it over, or a newer version has come: what
 * went wrong here says nothing about those.
 */
const isOurs = (entry: Entry, current: Entry, holder: string): boolean =>
  current.rev === entry.rev ||
  ((current.progress?.holder === holder || isNamed(entry, current)) &&
    current.source.sequencer === entry.source.sequencer &&
    current.source.version_id === entry.source.version_id &&
    current.source.time === entry.source.time);

/** Was nothing but its name decided since? That comes before anybody has claimed it. */
const isNamed = (entry: Entry, current: Entry): boolean =>
  current.progress === undefined &&
  current.target !== undefined &&
  current.attempts === entry.attempts &&
  current.next_attempt === entry.next_attempt;

const errorRecord = (entry: Entry, error: unknown, now: number) => ({
  kind: failureKind(error),
  message: explain(error, entry),
  at: new Date(now).toISOString(),
});

/**
 * Notes on entries that have just become known why they wait, where it is the partner that can't be reached. Older ones
 * aren't written again with each turn: the partner's health has the last error.
 */
export const noteWhyTheyWait = async (
  entries: readonly Entry[],
  error: unknown,
  { journal, now }: Pick<FailureContext, "journal" | "now">,
): Promise<void> => {
  const note = async (entry: Entry) => {
    try {
      await journal.update(entry, { last_error: errorRecord(entry, error, now()) });
    } catch (taken) {
      if (!(taken instanceof EntryTaken)) throw taken;
    }
  };
  await Promise.all(entries.map(note));
};

const fieldsOf = (entry: Entry) => ({
  stream: entry.stream,
  direction: entry.direction,
  path: entry.path,
  source: entry.source_location,
});
