/**
 * Rows of many streams on their way into one object each, in bounded memory. A stream whose rows fit is sorted; one that has too
 * many goes out in parts, each sorted by itself. Where many streams together have too many, some are put off to another reading.
 */
import { createHash } from "node:crypto";
import { crc64Sum } from "../aws/checksum.ts";
import type { ReportsConfig } from "../config/types.ts";
import type { ObjectPlace, ObjectStore, UploadedPart } from "../s3/objects.ts";
import { line } from "./csv.ts";
import { columns, inOrder, lineOf, type Row } from "./rows.ts";

const mebibyte = 1024 * 1024;

/** Bytes. Only tests have others. */
export interface Room {
  /** All rows that are held; with what holds them in memory it is some three times as much. */
  readonly all: number;
  /** What makes a part; S3 takes none below 5 MiB but the last. */
  readonly part: number;
}

const usual: Room = { all: 24 * mebibyte, part: 6 * mebibyte };

interface Held {
  readonly place: ObjectPlace;
  rows: Row[];
  bytes: number;
  /** Rows in parts that are uploaded. */
  sent: number;
  uploadId?: string;
  readonly parts: UploadedPart[];
}

interface Options {
  readonly objects: ObjectStore;
  readonly storing: ReportsConfig["storing"];
  /** By stream, the object that it gets. */
  readonly places: ReadonlyMap<string, ObjectPlace>;
  readonly signal: AbortSignal;
  readonly room?: Room | undefined;
}

/** What a row takes as text, nearly: what a name is quoted with isn't counted. */
const sizeOf = (row: Row): number => columns.reduce((sum, name) => sum + String(row[name] ?? "").length + 1, 0);

export interface Gathering {
  /** A row of a stream that wants none, or was put off, is left out. */
  add(stream: string, row: Row): Promise<void>;
  /** Makes the object visible; returns its rows. Undefined where the stream was put off. Throws what S3 answers. */
  finish(stream: string): Promise<number | undefined>;
  /** Leaves no upload behind. */
  abandon(): Promise<void>;
}

export const gather = ({ objects, storing, places, signal, room = usual }: Options): Gathering => {
  const head = line(columns);
  const held = new Map<string, Held>();
  for (const [stream, place] of places) held.set(stream, { place, rows: [], bytes: 0, sent: 0, parts: [] });
  let total = 0;

  /** The rows as text, which aren't held any more. */
  const take = (one: Held): Buffer => {
    const text = one.rows.sort(inOrder).map(lineOf);
    total -= one.bytes;
    one.sent += one.rows.length;
    one.rows = [];
    one.bytes = 0;
    return Buffer.from(`${one.parts.length === 0 ? head : ""}${text.join("")}`);
  };
  const send = async (one: Held): Promise<void> => {
    one.uploadId ??= (await objects.createUpload(one.place, {}, storing)).uploadId;
    const body = take(one);
    const number = one.parts.length + 1;
    one.parts.push(await objects.uploadPart(one.place, one.uploadId, number, body, crc64Sum(body), signal));
  };
  const abort = async ({ place, uploadId }: Held): Promise<void> => {
    if (uploadId !== undefined) await objects.abortUpload(place, uploadId);
  };
  const bySize = () => [...held].sort(([, one], [, other]) => other.bytes - one.bytes);

  /** Those with the fewest rows are put off, so that the next reading has many of them less. At least one stays. */
  const putOff = async (): Promise<void> => {
    for (const [stream, one] of bySize().slice(1).reverse()) {
      if (total <= room.all * 0.75) return;
      held.delete(stream);
      total -= one.bytes;
      await abort(one);
    }
  };

  return {
    async add(stream, row) {
      const one = held.get(stream);
      if (one === undefined) return;
      const size = sizeOf(row);
      one.rows.push(row);
      one.bytes += size;
      total += size;
      if (total <= room.all) return;
      const [[, largest] = [stream, one]] = bySize();
      if (largest.bytes >= room.part) await send(largest);
      else await putOff();
    },

    async finish(stream) {
      const one = held.get(stream);
      if (one === undefined) return undefined;
      if (one.uploadId === undefined) {
        const body = take(one);
        const sha256 = createHash("sha256").update(body).digest("base64");
        await objects.put(one.place, body, { metadata: {}, sha256, signal, storing });
      } else {
        if (one.rows.length > 0) await send(one);
        if ((await objects.completeUpload(one.place, one.uploadId, one.parts)) === undefined)
          throw new Error(`the upload to s3://${one.place.bucket}/${one.place.key} was ended by somebody`);
      }
      held.delete(stream);
      return one.sent;
    },

    async abandon() {
      for (const one of held.values()) await abort(one);
      held.clear();
    },
  };
};
