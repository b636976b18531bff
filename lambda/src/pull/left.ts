/**
 * What a poll lists and doesn't take, and can't be an entry of the journal, since no key could be made of its name, or nothing
 * says that it is to be moved: counted by reason, with since when, so that it can be shown and be an alarm.
 */
import { isRecord } from "../journal/entry.ts";
import type { StreamState } from "../journal/stream-state.ts";
import type { Value } from "../journal/table.ts";

/** Each is a value of the metric's dimension `reason`. In words, for `status`. */
export const leftReasons = {
  name: "their names can't be moved: see the log, or `bridge list`",
  "symbolic-link": "they are symbolic links, which aren't followed",
  "no-file": "they are neither files nor directories",
  "temporary-suffix": "their names end like those of files that are still being written (pull.temporary_suffixes)",
  directory: "directories that couldn't be listed, with all that is in them",
  "too-large": "directories that are too large to be listed in one run",
  limit: "directories beyond a limit of a poll: the log names the limit and what to do",
  "no-marker": "their markers aren't there (pull.ready): the partner hasn't finished them, or has forgotten to say so",
  "no-file-for-marker":
    "markers whose files aren't there (pull.ready): the partner has forgotten them, or put a marker again",
  "open-files": "too many files of the stream are open already (pull.max_open_files)",
  "max-files": "one poll takes no more (pull.max_files): they wait for the next",
  size: "they are smaller or larger than the stream takes (pull.min_size, pull.max_size)",
  age: "they are older than the stream takes (pull.max_age_days)",
  skipped:
    "they were skipped and are unchanged: S3 has an object under their key (pull.on_exists), or an operator skipped them",
  "version-unknown":
    'they were fetched, and are kept (pull.after = "keep"): the server tells no times, so that another file of the same name and size wouldn\'t be seen; "move" and "delete" see it',
  "not-included": "include and exclude leave them out",
} as const;
export type LeftReason = keyof typeof leftReasons;
const names = Object.keys(leftReasons) as readonly LeftReason[];

/** What the user has asked for is no reason to wake somebody. */
const isWanted = (reason: LeftReason): boolean =>
  ["not-included", "size", "age", "skipped", "version-unknown"].includes(reason);

interface Kind {
  readonly count: number;
  /** Some of the paths. */
  readonly paths: readonly string[];
}
export type Found = { readonly [R in LeftReason]?: Kind };

/** Paths that are told by one part of a poll, and those that are kept with since when. */
const maxTold = 200;
const maxKept = 20;
const maxPath = 300;

/** Counts what one poll, or a part of it, leaves. */
export const countLeft = (): { add(reason: LeftReason, path: string): void; readonly found: Found } => {
  const found: { [R in LeftReason]?: { count: number; paths: string[] } } = {};
  return {
    found,
    add(reason, path) {
      found[reason] ??= { count: 0, paths: [] };
      const { paths } = found[reason];
      found[reason].count++;
      if (paths.length < maxTold && !isWanted(reason)) paths.push(path.slice(0, maxPath));
    },
  };
};

export interface LeftKind {
  readonly reason: LeftReason;
  readonly count: number;
  /** Since when each path was seen so, the oldest first. Milliseconds since the epoch. */
  readonly paths: readonly (readonly [path: string, since: number])[];
}

const kindsIn = (value: unknown): LeftKind[] => {
  if (!isRecord(value)) return [];
  return names.flatMap((reason) => {
    const kind = value[reason];
    if (!isRecord(kind) || typeof kind["count"] !== "number") return [];
    const paths = Object.entries(isRecord(kind["paths"]) ? kind["paths"] : {})
      .filter((one): one is [string, number] => typeof one[1] === "number")
      .sort(([, a], [, b]) => a - b);
    return [{ reason, count: kind["count"], paths }];
  });
};

/** What the last whole poll left. */
export const leftIn = (state: StreamState | undefined): LeftKind[] => kindsIn(state?.["kinds"]);

/** Since when the oldest waits that nobody asked to leave; undefined if there is none. Milliseconds since the epoch. */
export const oldestLeft = (state: StreamState | undefined): number | undefined =>
  leftIn(state)
    .filter(({ reason }) => !isWanted(reason))
    .flatMap(({ paths }) => paths.slice(0, 1).map(([, since]) => since))
    .sort((a, b) => a - b)[0];

/**
 * The stream's state behind a part of a poll. What was seen before keeps its time. `isFirst`, `isLast`: whether the part begins
 * the poll, and ends it; only whole polls count.
 */
export const noteLeft = (
  known: StreamState | undefined,
  found: Found,
  { isFirst, isLast, now }: { readonly isFirst: boolean; readonly isLast: boolean; readonly now: number },
): StreamState => {
  const before = isFirst ? [] : kindsIn(known?.["part"]);
  const earlier = [...before, ...leftIn(known)];
  const since = (reason: LeftReason, path: string): number =>
    Math.min(
      now,
      ...earlier
        .filter((kind) => kind.reason === reason)
        .flatMap(({ paths }) => paths.filter(([one]) => one === path).map(([, at]) => at)),
    );
  const kinds: Record<string, Value> = {};
  for (const reason of names) {
    const part = before.find((kind) => kind.reason === reason);
    const count = (found[reason]?.count ?? 0) + (part?.count ?? 0);
    if (count === 0) continue;
    const paths = new Map<string, number>(part?.paths);
    for (const path of found[reason]?.paths ?? []) paths.set(path, since(reason, path));
    const kept = [...paths].sort(([, a], [, b]) => a - b).slice(0, maxKept);
    kinds[reason] = { count, paths: Object.fromEntries(kept) };
  }
  return isLast ? { at: now, kinds } : { at: now, kinds: known?.["kinds"] ?? {}, part: kinds };
};
