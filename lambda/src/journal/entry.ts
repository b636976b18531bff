/**
 * An entry: what the journal knows of one file of one stream, from the moment it is known.
 *
 *                    newer version known (any state)
 *            ┌───────────────────────────────────────────────┐
 *            ▼                                               │
 *   ──▶ pending ──claim──▶ active ──▶ delivered  (expires after a TTL)
 *            ▲               │  ├──▶ gone       (removed before it could be read)
 *            │    failure    │  ├──▶ skipped    (came from this partner: sending it would be an echo)
 *            └───────────────┘  └──▶ failed     (given up: waits for a redrive, never expires)
 *
 * `active` has phases, each recorded before the step that it announces:
 *   push: writing → publishing → marking  (the rename comes after `publishing`; with a marker, that comes after `marking`;
 *         before `writing` comes `preparing`, where the object is changed on its way)
 *   pull: copying → copied → moving       (`copied`: the object is in S3; `moving`: the partner's file goes to `.done`; neither where it is kept;
 *         where the file is changed on its way, it is copied below the staging prefix, and before `copied` comes `opening`)
 *
 * Every write is conditional on `rev`. Whoever finds another `rev` than it read has lost the entry and reads it again.
 */
import type { Direction } from "../config/types.ts";
import type { Item, Key } from "./table.ts";

export type EntryState = "pending" | "active" | "delivered" | "gone" | "skipped" | "failed";
export type Phase = "preparing" | "writing" | "publishing" | "marking" | "copying" | "opening" | "copied" | "moving";

/** One version of a source, as far as it identifies it. */
export interface SourceVersion {
  /** Push: versionId, else ETag and LastModified. Pull: size and mtime. */
  readonly identity?: string | undefined;
  /** Pull: what the listing told, where STAT tells another size or time of the same file. */
  readonly listed?: string | undefined;
  /** S3's sequencer, padded so that it compares as text. */
  readonly sequencer?: string | undefined;
  readonly version_id?: string | undefined;
  /** Bytes. */
  readonly size?: number | undefined;
  /** Milliseconds since the epoch: the event's time (push), the file's mtime (pull), or when it was seen, where the server tells none. */
  readonly time: number;
}

/** One delivery, as the audit trail keeps it. */
export interface Delivery {
  readonly at: string;
  readonly identity: string;
  readonly destination: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly attempt: number;
  readonly duration_ms: number;
  /** Pull: what the listing told, where it differs from `identity`. */
  readonly listed?: string;
  /** Pull: where the partner's file was moved to, in an archive of the stream's own. */
  readonly archived?: string;
  /** Pull: identity of the partner's file after it was moved, where the server's rename changed it. */
  readonly moved?: string;
  /** Pull: the file as it was fetched, where the object is what that was changed into. */
  readonly pulled_bytes?: number;
  readonly pulled_sha256?: string;
  /** Pull: how many objects an archive became, where it was one; `bytes` is their sum, `sha256` that of their list. */
  readonly files?: number;
}

/** Deliveries that an entry holds by itself before they are written out as a history item. */
export const heldDeliveries = 20;

/** A file as the partner has it. */
export interface Pulled {
  readonly bytes: number;
  /** Undefined where it couldn't be found out. */
  readonly sha256?: string | undefined;
}

/** The SHA-256 of a file's first bytes. */
export interface Summed {
  readonly bytes: number;
  /** The hash's own, base64. */
  readonly state: string;
}

/** Where files that are changed on their way lie: below a prefix of the configuration's bucket, which is the module's own. */
export const stagingPrefix = "staging/";

/** … and of them what a pull has fetched, until it is opened. */
export const pullPrefix = `${stagingPrefix}pull/`;

/** … what waits for a verdict: nothing else has to be scanned. */
export const gatePrefix = `${stagingPrefix}gate/`;

/** Where copies lie of what a gate has rejected. */
export const quarantinePrefix = "quarantine/";

/** An object below the staging prefix: a file that was changed on its way. */
export interface Staged {
  readonly key: string;
  /** The version that is whole and has been looked at; neither of the three is there while it is still being written. */
  readonly version_id?: string | undefined;
  readonly etag?: string | undefined;
  /** Bytes. */
  readonly size?: number | undefined;
}

/** What a gate has said of a version, or that it hasn't yet. */
export interface Held {
  readonly identity: string;
  /** Who was asked: another gate's word doesn't count. */
  readonly by: string;
  /** When it was asked first, and when it let the version pass. Milliseconds since the epoch. */
  readonly since: number;
  readonly passed?: number | undefined;
  /** Pull: the version of the partner's file that it was made of. */
  readonly of?: string | undefined;
  /** Pull: why it was rejected; what lies in staging is still to be put away. */
  readonly rejected?: string | undefined;
}

/** The name of one version of a file at its destination, as it was decided. */
export interface Target {
  readonly identity: string;
  /** Below the stream's destination. */
  readonly path: string;
  /** An upload was begun with it: it stays, whatever the template says later. */
  readonly claimed?: true;
  /** The number in it (`{seq}`). */
  readonly number?: number;
  /** It may have been seen at the partner without the journal knowing: its number is used. */
  readonly shown?: true;
}

/** How far an active transfer has come: what its successor needs after a crash. */
export interface Progress {
  readonly phase: Phase;
  /** Holder of the lease that works on it. */
  readonly holder: string;
  /** The version that is being moved. */
  readonly identity: string;
  /** Push: the temporary file. Pull with `after = "move"`: the name in `.done`. */
  readonly path?: string | undefined;
  /** Push: earlier temporary files that may still be there, or may yet be made by a run that has lost its lease. */
  readonly litter?: readonly string[] | undefined;
  /** Push: how often an upload was gone once it was closed. */
  readonly taken?: number | undefined;
  /** Push: the name that the file of `checkpoint` had before `path`, while the renaming isn't known to have happened. */
  readonly renamed_from?: string | undefined;
  /** Push: what the object was changed into, of which `checkpoint` and all else here speaks. Pull: where the file is fetched to before it is opened. */
  readonly staged?: Staged | undefined;
  /** Pull, where nothing may be replaced: what its object says of which copy it is. */
  readonly copy?: string | undefined;
  /** Pull: what was fetched, while it is opened and from then on. */
  readonly pulled?: Pulled | undefined;
  /** Pull with a gate: what lies in staging is opened already, and waits for its verdict; so many bytes, with that SHA-256. */
  readonly opened?: Pulled | undefined;
  /** Pull: what was fetched in the clear, where `staged` is that. */
  readonly unsealed?: Pulled | undefined;
  /** Pull: how many files the archive in `staged` has, once all of it was found to be sound. */
  readonly files?: number | undefined;
  /** Pull: its files are about to be put where no other archive's are. */
  readonly claims?: true | undefined;
  /** Pull: so many of these are under their final keys. */
  readonly published?: number | undefined;
  /** Bytes of the finished copy. */
  readonly bytes?: number | undefined;
  /** Push: size and mtime of the finished temporary file, as the partner's server told them. */
  readonly size?: number | undefined;
  readonly mtime?: number | undefined;
  readonly sha256?: string | undefined;
  /** Push, where the marker is to have it. Hexadecimal. */
  readonly md5?: string | undefined;
  /** Bytes that are durable at the destination. */
  readonly checkpoint?: number | undefined;
  /** How far the file was read once more for its SHA-256. */
  readonly summed?: Summed | undefined;
  /** Pull: ETag of the object, once the upload is complete and the SHA-256 is still to be found out. */
  readonly completed?: string | undefined;
  /** Pull: the multipart upload. */
  readonly upload_id?: string | undefined;
  /** Bytes of each part, of an upload that an earlier version began: its parts have SHA-256s. */
  readonly part_size?: number | undefined;
  /**
   * Bytes of each part, which has a CRC64. An earlier version begins anew where there is no `part_size`, as it has to: S3 would refuse
   * its SHA-256s. It leaves this field beside its own, which counts then.
   */
  readonly part_bytes?: number | undefined;
  /** Pull: the copy is in `deliveries` already, although the partner's file is still to be moved or deleted. */
  readonly recorded?: true | undefined;
  readonly started: number;
}

export interface Entry extends Key {
  readonly rev: string;
  readonly kind: "entry";
  readonly direction: Direction;
  readonly stream: string;
  /** `user@host:port` */
  readonly partner: string;
  /** Below the prefix and the directory: the same on both sides. */
  readonly path: string;
  /** `bucket/key` (push) or the remote path (pull). */
  readonly source_location: string;
  readonly state: EntryState;
  /** What a version is called at its destination, where a template says so. */
  readonly target?: Target | undefined;
  /** With a gate: how it stands with it. */
  readonly gate?: Held | undefined;
  readonly source: SourceVersion;
  /** When the oldest version that isn't delivered yet was known; ISO 8601. */
  readonly known_at: string;
  /** Milliseconds since the epoch. */
  readonly next_attempt: number;
  readonly attempts: number;
  readonly progress?: Progress | undefined;
  readonly last_error?: { readonly kind: string; readonly message: string; readonly at: string } | undefined;
  /** Pull: when OPEN said that there is no such file, although it had been listed. Milliseconds since the epoch. */
  readonly vanished?: number | undefined;
  /** An operator wants it moved once more although this version was delivered; gone with the next delivery. */
  readonly replay?: true | undefined;
  /** Pull: it is a marker, and these are its files beside it; none are named where it is a directory's. It goes behind them. */
  readonly marker_of?: readonly string[] | undefined;
  /** The newest last; older ones are in `history` items. */
  readonly deliveries: readonly Delivery[];
  /** Index `open`: `push#stream`, `pull#stream`, or `failed#push#stream`. Absent when nothing is to be done. */
  readonly open_stream?: string | undefined;
  readonly open_since?: string | undefined;
  /** Index `events`: that somebody has to be told how the file ended (endings.ts). Absent when everybody knows. */
  readonly event_due?: string | undefined;
  /** Copies for the index. */
  readonly size?: number | undefined;
  readonly source_time?: number | undefined;
  /** TTL, seconds since the epoch. */
  readonly expires_at?: number | undefined;
}

export const isOpen = (entry: Pick<Entry, "state">): boolean => entry.state === "pending" || entry.state === "active";

/** Kind of the error of a file that has no place among the running numbers of its stream: it holds nobody. */
export const outOfSequence = "out-of-sequence";

/** When an operator skipped the version that there was, in milliseconds since the epoch; undefined for all other entries. */
export const skippedByOperator = ({
  state,
  last_error: error,
}: Pick<Entry, "state" | "last_error">): number | undefined =>
  state === "skipped" && error?.kind === "skipped" ? Date.parse(error.at) : undefined;

/** A key of DynamoDB may have 2,048 and 1,024 bytes; the directory goes to the partition, so that a listing asks once per directory. */
export const entryKey = (direction: Direction, stream: string, location: string): Key => {
  const slash = location.lastIndexOf("/");
  return {
    pk: `${direction}#${stream}#${location.slice(0, Math.max(slash, 0))}`,
    sk: location.slice(slash + 1) || "/",
  };
};

export const openStreamOf = (direction: Direction, stream: string): string => `${direction}#${stream}`;
export const failedStreamOf = (direction: Direction, stream: string): string => `failed#${direction}#${stream}`;

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const states: readonly string[] = ["pending", "active", "delivered", "gone", "skipped", "failed"];
const phases: readonly string[] = [
  "preparing",
  "writing",
  "publishing",
  "marking",
  "copying",
  "opening",
  "copied",
  "moving",
];

/** What of a progress can be believed: without a sound core nothing, without a sound checkpoint all but that. */
const asProgress = (value: unknown): Progress | undefined => {
  if (!isRecord(value)) return undefined;
  const { hash_state, ...known } = value;
  const { phase, holder, identity, started, path, litter, checkpoint, upload_id, part_size, bytes, completed } = known;
  if (!phases.includes(String(phase)) || typeof holder !== "string" || typeof identity !== "string") return undefined;
  const whole = (number: unknown) => typeof number === "number" && Number.isSafeInteger(number) && number > 0;
  const resumable = whole(checkpoint) && (upload_id === undefined || whole(part_size ?? known["part_bytes"]));
  return {
    // The fields that the type promises are checked above or replaced below.
    ...(known as unknown as Progress),
    started: typeof started === "number" ? started : 0,
    path: typeof path === "string" ? path : undefined,
    copy: typeof known["copy"] === "string" ? known["copy"] : undefined,
    litter: Array.isArray(litter) ? litter.filter((one) => typeof one === "string") : undefined,
    upload_id: typeof upload_id === "string" ? upload_id : undefined,
    checkpoint: resumable ? (checkpoint as number) : undefined,
    summed: resumable ? summedOf(known["summed"], { bytes: checkpoint, state: hash_state }) : undefined,
    completed: typeof completed === "string" && whole(bytes) ? completed : undefined,
    staged: stagedOf(known["staged"]),
    pulled: pulledOf(known["pulled"]),
    opened: pulledOf(known["opened"]),
    unsealed: pulledOf(known["unsealed"]),
    files: countOf(known["files"]),
    published: countOf(known["published"]),
    claims: known["claims"] === true ? true : undefined,
  };
};

const countOf = (value: unknown): number | undefined =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;

const pulledOf = (value: unknown): Pulled | undefined => {
  const { bytes, sha256 } = isRecord(value) ? value : {};
  return typeof bytes === "number" ? { bytes, sha256: typeof sha256 === "string" ? sha256 : undefined } : undefined;
};

/** Nothing is read or removed on the word of a record that names anything but a staged object. */
const stagedOf = (value: unknown): Staged | undefined => {
  if (!isRecord(value)) return undefined;
  const { key, version_id, etag, size } = value;
  if (typeof key !== "string" || !key.startsWith(stagingPrefix)) return undefined;
  if (typeof etag !== "string" || typeof size !== "number") return { key };
  return { key, etag, size, version_id: typeof version_id === "string" ? version_id : undefined };
};

const asTarget = (value: unknown): Target | undefined => {
  if (!isRecord(value)) return undefined;
  const { identity, path, claimed, number, shown } = value;
  if (typeof identity !== "string" || typeof path !== "string") return undefined;
  return {
    identity,
    path,
    ...(claimed === true && { claimed }),
    ...(Number.isSafeInteger(number) && { number: number as number }),
    ...(shown === true && { shown }),
  };
};

/** What isn't sound is no verdict. */
const asHeld = (value: unknown): Held | undefined => {
  if (!isRecord(value)) return undefined;
  const { identity, by, since, passed, of, rejected } = value;
  if (typeof identity !== "string" || typeof by !== "string" || typeof since !== "number") return undefined;
  return {
    identity,
    by,
    since,
    ...(typeof passed === "number" && { passed }),
    ...(typeof of === "string" && { of }),
    ...(typeof rejected === "string" && { rejected }),
  };
};

/** Earlier versions had the hash's state at the checkpoint itself, as `hash_state`: the file is read once more from there on. */
const summedOf = (value: unknown, earlier: Record<string, unknown>): Summed | undefined => {
  const { bytes, state } = isRecord(value) ? value : earlier;
  return Number.isSafeInteger(bytes) && typeof state === "string" ? { bytes: bytes as number, state } : undefined;
};

/** An item of the table as an entry, or undefined where it is something else, foreign or damaged: never trusted, never fatal. */
export const asEntry = (item: Item | undefined): Entry | undefined => {
  if (item?.["kind"] !== "entry") return undefined;
  // Seen as one so that its fields can be checked: what is promised below is only what they are found to be.
  const entry = item as unknown as Entry;
  const sound =
    typeof entry.rev === "string" &&
    typeof entry.stream === "string" &&
    typeof entry.path === "string" &&
    typeof entry.source_location === "string" &&
    states.includes(entry.state) &&
    typeof entry.source?.time === "number" &&
    typeof entry.next_attempt === "number" &&
    Array.isArray(entry.deliveries);
  if (!sound) return undefined;
  return {
    ...entry,
    attempts: Number.isSafeInteger(entry.attempts) ? entry.attempts : 0,
    known_at: Number.isNaN(Date.parse(entry.known_at)) ? new Date(0).toISOString() : entry.known_at,
    target: asTarget(entry.target),
    gate: asHeld(entry.gate),
    progress: asProgress(entry.progress),
    deliveries: entry.deliveries.filter((one) => isRecord(one) && typeof one.identity === "string"),
    marker_of: Array.isArray(entry.marker_of) ? entry.marker_of.filter((one) => typeof one === "string") : undefined,
  };
};

/** The version that was delivered last. */
export const lastDelivery = (entry: Entry): Delivery | undefined => entry.deliveries.at(-1);

type Attempted = Item | Pick<Entry, "next_attempt">;

/** When an entry or a poll falls due, in milliseconds since the epoch; undefined for an item that isn't as either should be. */
export const dueAt = ({ next_attempt: at }: Attempted): number | undefined => (typeof at === "number" ? at : undefined);

/** Whether its next attempt may begin. */
export const isDue = (item: Attempted, now: number): boolean => (dueAt(item) ?? Number.POSITIVE_INFINITY) <= now;
