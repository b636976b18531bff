/** An entry in words, for whoever asks why a file moves or does not. */
import type { Direction } from "../config/types.ts";
import { type Delivery, type Entry, isDue } from "./entry.ts";

export const whyWaiting = (entry: Entry, now: number): string => {
  if (entry.state === "pending" && entry.last_error?.kind === "held")
    return `${entry.last_error.message}; asked again at ${new Date(entry.next_attempt).toISOString()}`;
  const tried = entry.last_error ? `; last error: ${entry.last_error.message}` : "";
  if (entry.state === "active") return `it is being moved (attempt ${entry.attempts})${tried}`;
  return isDue(entry, now)
    ? `it is due now${tried}`
    : `it is tried again at ${new Date(entry.next_attempt).toISOString()}${tried}`;
};

/** What files wait for whose numbers are ahead of the awaited one. */
export const whyMissing = (
  stream: string,
  direction: Direction,
  { number, since }: { readonly number: number; readonly since: number },
): string =>
  `it waits for number ${number}, awaited since ${new Date(since).toISOString()} (sequence): have the file with that number put there, or let the number go: "bridge skip --stream ${stream} --direction ${direction} --number ${number}"`;

export const whyFailed = (entry: Entry): string =>
  `it was given up after ${entry.attempts} attempts: ${entry.last_error?.message ?? "no error is recorded"}. Once the cause is mended, "redrive" sends it`;

export const whySkipped = ({ last_error: error }: Entry): string =>
  `${error?.message ?? "it was skipped"}, and it is unchanged`;

export const whyDelivered = ({ at, destination, bytes, sha256 }: Delivery): string =>
  `already delivered at ${at} to ${destination} (${bytes} bytes, SHA-256 ${sha256})`;
