/** Whether a listed file is to be pulled, and why not. */
import type { PullConfig, PullReady } from "../config/types.ts";
import { type Entry, isOpen, lastDelivery } from "../journal/entry.ts";
import { keptBy } from "../kept-by.ts";
import type { RemoteEntry } from "../sftp/remote.ts";
import { isRecorded, isVersion } from "./identity.ts";

export type Decision =
  /** `quiet`: milliseconds for which it has to hold still from now on, before it is read. */
  | {
      readonly pull: true;
      readonly quiet: number;
      /** It was listed before, and wasn't there when it was to be read. */
      readonly again: boolean;
    }
  | {
      readonly pull: false;
      readonly reason: "temporary-suffix" | "not-included" | "size" | "age" | "waiting" | "kept" | "failed" | "skipped";
    };

/** mtime has seconds only: two looks this far apart tell whether a file still grows. Milliseconds. */
const quietTime = 2_000;
/** An empty file is often one that is about to be written. */
const quietTimeOfEmpty = 30_000;
/** A file that comes back later than this was put there again. Milliseconds. */
const vanishedFor = 2 * 86_400_000;
/** By how much the partner's clock may be wrong before a file's age says nothing. */
const allowedSkew = 120_000;

const lowerCased = keptBy((suffixes: readonly string[]): string[] => suffixes.map((suffix) => suffix.toLowerCase()));

export const hasTemporarySuffix = (name: string, suffixes: readonly string[]): boolean => {
  const lower = name.toLowerCase();
  return lowerCased(suffixes).some((suffix) => lower.endsWith(suffix));
};

/** How long a file has to hold still: nothing for one that is old beyond doubt. */
const quietFor = (file: RemoteEntry, { minAgeSeconds }: PullConfig, now: number): number => {
  const quiet = Math.max(file.size === 0 ? quietTimeOfEmpty : quietTime, minAgeSeconds * 1000);
  return file.mtime !== undefined && now - file.mtime * 1000 > quiet + allowedSkew ? 0 : quiet;
};

/** What the stream doesn't want for its size or age; what a server doesn't tell is no reason. */
export const beyond = (
  { size, mtime }: Pick<RemoteEntry, "size" | "mtime">,
  { minSize = 0, maxSize = Infinity, maxAgeDays = Infinity }: PullConfig,
  now: number,
): "size" | "age" | undefined => {
  if (size !== undefined && (size < minSize || size > maxSize)) return "size";
  return mtime !== undefined && now - mtime * 1000 > maxAgeDays * 86_400_000 ? "age" : undefined;
};

interface Question {
  readonly file: RemoteEntry;
  /** Below the stream's directory. */
  readonly path: string;
  readonly known: Entry | undefined;
  readonly pull: PullConfig;
  readonly included: (path: string) => boolean;
  readonly now: number;
}

/** Why the path alone leaves a file out; undefined if it doesn't. */
export const outOf = (
  name: string,
  path: string,
  { temporarySuffixes }: PullConfig,
  included: (path: string) => boolean,
): "temporary-suffix" | "not-included" | undefined => {
  if (hasTemporarySuffix(name, temporarySuffixes)) return "temporary-suffix";
  return included(path) ? undefined : "not-included";
};

export const decide = ({ file, path, known, pull, included, now }: Question): Decision => {
  const out = outOf(file.name, path, pull, included);
  if (out) return { pull: false, reason: out };
  if (known) {
    const same = isRecorded(file, known.source);
    const last = lastDelivery(known);
    if (isOpen(known) && same) return { pull: false, reason: "waiting" };
    if (known.state === "failed" && same) return { pull: false, reason: "failed" };
    if (known.state === "skipped" && same) return { pull: false, reason: "skipped" };
    // Moved or deleted files that are there again were sent again on purpose, also with the same size and time.
    if (pull.after === "keep" && isRecorded(file, last)) return { pull: false, reason: "kept" };
  }
  const limit = beyond(file, pull, now);
  if (limit) return { pull: false, reason: limit };
  const again =
    known?.vanished !== undefined && now - known.vanished < vanishedFor && isVersion(file, known.source.identity);
  return { pull: true, quiet: quietFor(file, pull, now), again };
};

/** Whether a marker is to be taken once its files are done. `open`: it is under way, or was given up; `isWanted`: one of its files is new. */
export const decideMarker = ({
  file,
  known,
  ready,
  isWanted,
}: Pick<Question, "file" | "known"> & { readonly ready: PullReady; readonly isWanted: boolean }):
  | "take"
  | "open"
  | "kept" => {
  if (!known) return "take";
  const same = isRecorded(file, known.source);
  if (same && (isOpen(known) || known.state === "failed")) return "open";
  // It stays beside its files, which were skipped.
  if (same && known.state === "skipped" && !isWanted) return "kept";
  const last = lastDelivery(known);
  const isKept = isRecorded(file, last);
  return ready.after === "keep" && isKept ? "kept" : "take";
};

/** Tells what a poll would take, whatever is known of it. */
export const wantedBy =
  (pull: PullConfig, included: (path: string) => boolean, now: () => number) =>
  (path: string, file: RemoteEntry): boolean =>
    included(path) && !hasTemporarySuffix(path, pull.temporarySuffixes) && !beyond(file, pull, now());
