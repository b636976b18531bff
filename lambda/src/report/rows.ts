/** What the journal says of a time: deliveries in it, and what failed or waits and was known before its end. */
import { line } from "./csv.ts";

export const columns = [
  "stream",
  "direction",
  "path",
  "state",
  "known_at",
  "delivered_at",
  "destination",
  "bytes",
  "sha256",
  "attempts",
  "duration_ms",
  "error",
] as const;

/** What is read of an item for it. */
export const readFields = [
  "pk",
  "stream",
  "direction",
  "path",
  "state",
  "known_at",
  "deliveries",
  "size",
  "attempts",
  "last_error",
] as const;

export type Row = Readonly<Record<(typeof columns)[number], string | number | null>>;

export interface Span {
  /** Of one stream; undefined stands for all. */
  readonly stream: string | undefined;
  /** Milliseconds since the epoch; `to` is not included. */
  readonly from: number;
  readonly to: number;
}

type Fields = Readonly<Record<string, unknown>>;

const text = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);
const count = (value: unknown): number | null => (typeof value === "number" && Number.isFinite(value) ? value : null);
const fields = (value: unknown): Fields | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;

const open: readonly unknown[] = ["pending", "active", "failed"];

/** Where an item of earlier deliveries belongs to: its key has it, `history#push#stream#directory`. */
export const placeOf = (item: Fields): { readonly stream: string; readonly direction: string } | undefined => {
  const { stream, direction } = item;
  if (typeof stream === "string" && typeof direction === "string") return { stream, direction };
  const [, side, name] = /^history#(push|pull)#([^#]*)#/.exec(String(item["pk"])) ?? [];
  return side === undefined || name === undefined ? undefined : { stream: name, direction: side };
};

const empty = { known_at: null, delivered_at: null, destination: null, bytes: null, sha256: null, duration_ms: null };

/** The rows of one item of the journal: none where it is something else, or not of this time. Damaged fields become empty. */
export const rowsOf = (item: Fields, { stream: asked, from, to }: Span): Row[] => {
  const place = placeOf(item);
  const path = text(item["path"]);
  if (place === undefined || path === null || (asked !== undefined && place.stream !== asked)) return [];
  if (place.direction !== "push" && place.direction !== "pull") return [];
  const row = { ...empty, ...place, path };
  const rows: Row[] = [];
  for (const value of Array.isArray(item["deliveries"]) ? item["deliveries"] : []) {
    const delivery = fields(value);
    const at = text(delivery?.["at"]);
    const time = Date.parse(at ?? "");
    if (delivery === undefined || !(time >= from && time < to)) continue;
    rows.push({
      ...row,
      state: "delivered",
      delivered_at: at,
      destination: text(delivery["destination"]),
      bytes: count(delivery["bytes"]),
      sha256: text(delivery["sha256"]),
      attempts: count(delivery["attempt"]),
      duration_ms: count(delivery["duration_ms"]),
      error: null,
    });
  }
  const known = text(item["known_at"]);
  if (open.includes(item["state"]) && !(Date.parse(known ?? "") >= to)) {
    const error = fields(item["last_error"]);
    rows.push({
      ...row,
      state: item["state"] === "failed" ? "failed" : "waiting",
      known_at: known,
      bytes: count(item["size"]),
      attempts: count(item["attempts"]),
      error: error === undefined ? null : `${text(error["at"]) ?? "?"}: ${text(error["message"]) ?? ""}`,
    });
  }
  return rows;
};

const timeOf = ({ delivered_at: at, known_at: known }: Row): string => String(at ?? known ?? "");
const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/** By stream and side, the oldest first. */
export const inOrder = (one: Row, other: Row): number =>
  compare(String(one.stream), String(other.stream)) ||
  compare(String(one.direction), String(other.direction)) ||
  compare(timeOf(one), timeOf(other)) ||
  compare(String(one.path), String(other.path));

export const lineOf = (row: Row): string => line(columns.map((name) => row[name]));
