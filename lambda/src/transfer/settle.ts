/** What becomes of an entry whose transfer failed. */
import { type Entry, isOpen } from "../journal/entry.ts";
import { EntryTaken, type Journal } from "../journal/journal.ts";
import { LeaseLost } from "../journal/lease.ts";
import { isGivenUp, retryDelay } from "../journal/retry.ts";
import { RemoteError } from "../sftp/errors.ts";
import type { Telemetry } from "../telemetry/types.ts";
import { OutOfTime, RefusedError, SourceChanged } from "./errors.ts";
import { explain, kindOf } from "./explain.ts";

export interface SettleContext {
  readonly journal: Journal;
  readonly telemetry: Telemetry;
  readonly retryForDays: number;
  readonly now: () => number;
  readonly random: () => number;
  /** The connection is gone: what fails now isn't the file's fault. */
  readonly connectionLost: boolean;
}

const isPermanent = (error: unknown): boolean =>
  error instanceof RefusedError ||
  (error instanceof RemoteError && (error.kind === "permission" || error.kind === "unsupported"));

/**
 * Records a failed transfer: the next attempt, or that the file is given up. Failures that aren't the file's fault (time,
 * lease, connection, a newer version) leave it due at once.
 */
export const settleFailure = async (entry: Entry, error: unknown, context: SettleContext): Promise<void> => {
  const { journal, telemetry, now, random } = context;
  if (
    error instanceof EntryTaken ||
    error instanceof LeaseLost ||
    error instanceof SourceChanged ||
    error instanceof OutOfTime
  ) {
    telemetry.log.debug("A transfer stopped; it goes on later", { ...fieldsOf(entry), error });
    return;
  }
  const current = await journal.read(entry);
  if (!current || !isOpen(current)) return;
  if (context.connectionLost) {
    await journal.update(current, { state: "pending", attempts: entry.attempts });
    return;
  }
  const attempts = entry.attempts + 1;
  const permanent = isPermanent(error);
  const givenUp = isGivenUp(current, permanent, context.retryForDays, now());
  const delay = retryDelay(attempts, random);
  await journal.update(current, {
    state: givenUp ? "failed" : "pending",
    attempts,
    next_attempt: now() + delay,
    last_error: errorRecord(current, error, now()),
  });
  telemetry.recordFailure(
    givenUp
      ? "A file was given up; it stays in the journal as failed until it is redriven"
      : `A file wasn't moved; it is tried again in ${Math.round(delay / 1000)} s`,
    { ...fieldsOf(entry), attempt: attempts, givenUp, reason: explain(error, current), error },
  );
};

const errorRecord = (entry: Entry, error: unknown, now: number) => ({
  kind: kindOf(error),
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
  { journal, now }: Pick<SettleContext, "journal" | "now">,
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
