/** The journal's entries for the page, read with the user's own permissions: once, and then filtered and paged here. */
import type { Direction } from "../../../lambda/src/config/types.ts";
import { type EntryState, failedStreamOf, openStreamOf } from "../../../lambda/src/journal/entry.ts";
import { openIndex } from "../../../lambda/src/journal/table.ts";

export interface FileRow {
  readonly stream: string;
  readonly direction: Direction;
  readonly path: string;
  readonly state: EntryState;
  /** When it was delivered last, or, while it isn't, known. ISO 8601. */
  readonly time: string;
  /** Bytes; null where nobody told. */
  readonly size: number | null;
  readonly attempts: number;
  readonly error: string | null;
}

export interface Page {
  readonly rows: readonly FileRow[];
  /** Rows that match, on all pages. */
  readonly total: number;
  readonly page: number;
  readonly pages: number;
}

/** What of a table's pages the console asks for. Each page is items as plain values. */
export interface JournalReader {
  readonly scan: () => AsyncIterable<readonly Record<string, unknown>[]>;
  readonly query: (index: string, openStream: string) => AsyncIterable<readonly Record<string, unknown>[]>;
}

/** More than these don't fit the user's machine comfortably; it is said where there are more. */
export const maxEntries = 500_000;
export const pageSize = 100;

const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** An item as a row; undefined where it is no entry. Damaged fields become empty, never an error. */
export const rowOf = (item: Readonly<Record<string, unknown>>): FileRow | undefined => {
  const { stream, path, state, direction, deliveries, last_error: error } = item;
  if (typeof stream !== "string" || typeof path !== "string" || typeof state !== "string") return undefined;
  if (direction !== "push" && direction !== "pull") return undefined;
  const last: unknown = Array.isArray(deliveries) ? deliveries.at(-1) : undefined;
  const delivery = (typeof last === "object" && last !== null ? last : {}) as Readonly<Record<string, unknown>>;
  const waits = state === "pending" || state === "active" || state === "failed";
  const known = text(item["open_since"]) || text(item["known_at"]);
  const size = [delivery["bytes"], item["size"]].find((one) => typeof one === "number");
  return {
    stream,
    direction,
    path,
    state: state as EntryState,
    time: waits ? known : text(delivery["at"]) || known,
    size: typeof size === "number" ? size : null,
    attempts: typeof item["attempts"] === "number" ? item["attempts"] : 0,
    error:
      typeof error === "object" && error !== null && "message" in error
        ? `${text("at" in error ? error.at : "")}: ${text(error.message)}`
        : null,
  };
};

/** Reads what waits or was given up (`open`), or every entry (`all`). `progress` hears how many there are so far. */
export const readJournal = async (
  reader: JournalReader,
  scope: "open" | "all",
  streams: readonly string[],
  progress: (entries: number) => void,
): Promise<{ readonly rows: readonly FileRow[]; readonly truncated: boolean }> => {
  const rows: FileRow[] = [];
  const sources =
    scope === "all"
      ? [() => reader.scan()]
      : streams.flatMap((stream) =>
          (["push", "pull"] as const).flatMap((direction) =>
            [openStreamOf(direction, stream), failedStreamOf(direction, stream)].map(
              (key) => () => reader.query(openIndex, key),
            ),
          ),
        );
  for (const source of sources)
    for await (const page of source()) {
      for (const item of page) {
        const row = rowOf(item);
        if (row) rows.push(row);
      }
      progress(rows.length);
      if (rows.length >= maxEntries) return { rows, truncated: true };
    }
  return { rows, truncated: false };
};

export interface Wanted {
  readonly stream: string;
  /** A state, or "" for all. */
  readonly state: string;
  /** Part of the path, whatever its capitals. */
  readonly name: string;
  /** ISO 8601 or "". `until` is not included. */
  readonly since: string;
  readonly until: string;
  readonly sort: "time" | "name";
  /** From 1. */
  readonly page: number;
}

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/** One page of what matches: the newest first, or by name. A page beyond the last is the last. */
export const pageOf = (rows: readonly FileRow[], wanted: Wanted): Page => {
  const name = wanted.name.toLowerCase();
  const found = rows.filter(
    (row) =>
      (wanted.stream === "" || row.stream === wanted.stream) &&
      (wanted.state === "" || row.state === wanted.state) &&
      (name === "" || row.path.toLowerCase().includes(name)) &&
      (wanted.since === "" || row.time >= wanted.since) &&
      (wanted.until === "" || row.time < wanted.until),
  );
  found.sort((one, other) =>
    wanted.sort === "name"
      ? compare(one.path, other.path) || compare(other.time, one.time)
      : compare(other.time, one.time) || compare(one.path, other.path),
  );
  const pages = Math.max(1, Math.ceil(found.length / pageSize));
  const page = Math.min(Math.max(1, wanted.page), pages);
  return { rows: found.slice((page - 1) * pageSize, page * pageSize), total: found.length, page, pages };
};
