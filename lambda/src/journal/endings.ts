/**
 * Events that are due: an entry that ends notes in the same write that somebody has to be told, so that no crash lies between
 * the two. The note is `event_due`, by which the index `events` finds it; it goes once EventBridge has taken the event.
 */
import { type Ending, endings, hostKeyTold, type Told } from "../config/environment.ts";
import type { Entry, EntryState } from "./entry.ts";
import type { Item } from "./table.ts";

/** Who tells of files that end. */
export interface Teller {
  readonly on: ReadonlySet<Told>;
  /** Takes an entry whose event has just become due. Never throws. */
  add(entry: Entry): void;
  /** Whether an event was sent by this process, so that its note needn't be carried on. */
  isSent(due: string): boolean;
}

/** What a note says: when the file ended, how, and the revision by which receivers know a repetition. */
export interface DueEvent {
  /** ISO 8601. */
  readonly at: string;
  readonly ending: Told;
  readonly revision: string;
}

/** The note of an entry that has ended with the write of this revision; it is the key of the index, so that each is another. */
export const dueEventOf = ({ at, ending, revision }: DueEvent): string => `${at}#${ending}#${revision}`;

const isEnding = (word: string | undefined): word is Ending => endings.some((one) => one === word);
const isTold = (word: string | undefined): word is Told => word === hostKeyTold || isEnding(word);

/** Undefined for a note that isn't one of ours. */
export const readDueEvent = (note: unknown): DueEvent | undefined => {
  if (typeof note !== "string") return undefined;
  const [at, ending, ...rest] = note.split("#");
  const revision = rest.join("#");
  return at !== undefined && !Number.isNaN(Date.parse(at)) && isTold(ending) && revision !== ""
    ? { at, ending, revision }
    : undefined;
};

/** How a change ends the file; undefined where it doesn't. A delivery counts where it is recorded, whatever is still to be done. */
export const endingOf = (before: Entry, after: Entry): Ending | undefined => {
  if (after.deliveries.length > before.deliveries.length) return "delivered";
  const { state }: { state: EntryState } = after;
  return state !== before.state && state !== "delivered" && isEnding(state) ? state : undefined;
};

/**
 * Whether a change would take from an entry what its due event tells: the next event would take its place, and what failed, was
 * skipped or gone is told by the entry as it is. A delivery stays where it is.
 */
export const displaces = (before: Entry, after: Entry, next: Ending | undefined): boolean => {
  const due = readDueEvent(before.event_due);
  return due !== undefined && (next !== undefined || (due.ending !== "delivered" && after.state !== before.state));
};

/** An event that waits by itself, since its entry goes on: as much of the entry as the event tells. */
export const waitingEvent = (entry: Entry): Item => {
  const { pk, event_due, direction, stream, partner, path, source_location, source, state, attempts, last_error } =
    entry;
  const revision = readDueEvent(event_due)?.revision ?? entry.rev;
  return {
    ...{ pk: `event#${pk}`, sk: revision, rev: revision, kind: "event", event_due, direction, stream, partner, path },
    ...{ source_location, state, attempts, known_at: entry.known_at, next_attempt: entry.next_attempt },
    source: { ...source },
    ...(last_error && { last_error }),
    deliveries: entry.deliveries.slice(-1).map((delivery) => ({ ...delivery })),
  };
};
