import type { Teller } from "./endings.ts";
import { type Entry, failedStreamOf, isOpen, openStreamOf } from "./entry.ts";

export const day = 86_400_000;

/** When a record goes that is kept for so many days from now on, as DynamoDB counts: seconds since the epoch. */
export const expiry = (now: number, days: number): number => Math.floor((now + days * day) / 1000);

interface Circumstances {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly deliveredTtlDays: number;
  readonly teller: Teller | undefined;
}

/**
 * What follows from the state alone: place in the index, expiry. Every attribute that an entry may have is named, so that
 * none of an older version is left behind.
 */
export const derived = (entry: Entry, { now, deliveredTtlDays, teller }: Circumstances): Entry => ({
  ...entry,
  target: entry.target,
  gate: entry.gate,
  progress: entry.progress,
  last_error: entry.last_error,
  replay: entry.replay,
  vanished: entry.vanished,
  marker_of: entry.marker_of,
  event_due: entry.event_due === undefined || teller?.isSent(entry.event_due) ? undefined : entry.event_due,
  open_stream: isOpen(entry)
    ? openStreamOf(entry.direction, entry.stream)
    : entry.state === "failed"
      ? failedStreamOf(entry.direction, entry.stream)
      : undefined,
  open_since: isOpen(entry) || entry.state === "failed" ? entry.known_at : undefined,
  size: entry.source.size,
  source_time: entry.source.time,
  expires_at: isOpen(entry) || entry.state === "failed" ? undefined : expiry(now, deliveredTtlDays),
});
