/**
 * The directory at a zip's end (APPNOTE 6.3.10, 4.3.12 to 4.3.16), read by yauzl, and held against where the archive ends: nothing
 * may lie between the two but what belongs there.
 */
import { isUtf8 } from "node:buffer";
import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader } from "yauzl";
import { UnfitError } from "../../transfer/errors.ts";
import { shown } from "../../transfer/fill-template.ts";
import { createCursor } from "./cursor.ts";
import type { Unpacking } from "./types.ts";

/** One file or directory, as the directory has it. */
export interface Listed {
  readonly name: string;
  /** As it is written. */
  readonly rawName: Buffer;
  readonly method: number;
  readonly crc: number;
  readonly compressed: number;
  readonly size: number;
  /** Where its local header is. */
  readonly offset: number;
  /** Seconds since the epoch. */
  readonly mtime: number | undefined;
  readonly isEncrypted: boolean;
  /** Of a Unix file, the bits that tell its type. */
  readonly unixType: number;
}

export interface Directory {
  /** In the order in which they lie in the archive. */
  readonly listed: readonly Listed[];
  /** Where it begins. */
  readonly offset: number;
}

/** A directory of so many bytes is read into memory. */
const largest = 32 * 1024 * 1024;
/** Its end, with the longest comment. */
const end = 22 + 0xffff + 20 + 56;

/** Reads only what lies behind `start`; bytes that were read once stay in memory. */
class Tail extends RandomAccessReader {
  #bytes: Buffer = Buffer.alloc(0);
  readonly #packed: Unpacking["packed"];
  /** What reading failed with, which says nothing of the archive. */
  failure: { readonly reason: unknown } | undefined;

  constructor(packed: Unpacking["packed"]) {
    super();
    this.#packed = packed;
  }

  /** So many bytes from there, fewer at the end. */
  async at(position: number, length: number): Promise<Buffer> {
    const { size } = this.#packed;
    const wanted = Math.min(position, size - end);
    if (size - this.#bytes.byteLength > position) {
      const start = Math.max(0, wanted);
      if (size - start > largest) throw new Error(`its directory has more than ${largest} bytes`);
      const cursor = createCursor(this.#packed.from(start));
      try {
        this.#bytes = await cursor.exactly(size - start);
      } catch (reason) {
        this.failure = { reason };
        throw reason;
      } finally {
        await cursor.close();
      }
    }
    const from = position - (size - this.#bytes.byteLength);
    return this.#bytes.subarray(from, from + length);
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    const inside = position >= 0 && position + length <= this.#packed.size;
    if (!inside) return void setImmediate(callback, new Error("it points beyond its end"));
    this.at(position, length).then(
      (bytes) => {
        bytes.copy(buffer, offset);
        callback(null);
      },
      (error) => callback(error),
    );
  }
}

/** Hosts of which names are bytes, and mostly UTF-8 (4.4.2): Unix, and macOS. */
const unixHosts = [3, 19];

/**
 * Info-ZIP on Unix writes UTF-8 and doesn't say so (bit 11). Such a name is read as what it is, where nothing else is said of it (0x7075, Info-ZIP's
 * field for names); of all others yauzl decides, which takes them for code page 437 (appendix D).
 */
const nameOf = ({ fileName, fileNameRaw, generalPurposeBitFlag, versionMadeBy, extraFields }: Entry): string => {
  const isTold = (generalPurposeBitFlag & 0x0800) !== 0 || extraFields.some(({ id }) => id === 0x7075);
  if (isTold || !unixHosts.includes(versionMadeBy >>> 8) || !isUtf8(fileNameRaw)) return fileName;
  return fileNameRaw.toString("utf8").replaceAll("\\", "/");
};

/** What yauzl says of a name that leads out of the archive's directory, or that no file may have. */
const badName = /^(absolute path|invalid relative path|invalid characters in fileName): /;

const listedOf = (entry: Entry): Listed => ({
  name: nameOf(entry),
  rawName: Buffer.from(entry.fileNameRaw),
  method: entry.compressionMethod,
  crc: entry.crc32,
  compressed: entry.compressedSize,
  size: entry.uncompressedSize,
  offset: entry.relativeOffsetOfLocalHeader,
  mtime: Math.floor(entry.getLastModDate({ timezone: "UTC" }).getTime() / 1_000) || undefined,
  isEncrypted: entry.isEncrypted(),
  unixType: (entry.externalFileAttributes >>> 16) & 0o170000,
});

/** Where the records behind the directory begin that aren't its own: 4.3.14 and 4.3.15 are, 4.3.13 isn't known to anybody. */
const behindZip64 = async (tail: Tail, at: number): Promise<number> => {
  const record = await tail.at(at, 12);
  if (record.byteLength < 12 || record.readUInt32LE(0) !== 0x06064b50) return at;
  const locator = at + 12 + Number(record.readBigUInt64LE(4));
  const found = await tail.at(locator, 20);
  const isOne =
    found.byteLength === 20 && found.readUInt32LE(0) === 0x07064b50 && Number(found.readBigUInt64LE(8)) === at;
  return isOne ? locator + 20 : at;
};

/** Throws UnfitError, and what reading fails with. */
export const readDirectory = async ({ packed, unfit, maxEntries }: Unpacking): Promise<Directory> => {
  const tail = new Tail(packed);
  const damaged = (why: string, cause?: unknown) =>
    unfit(`can't be extracted: its zip is cut off or damaged (${why}). Have the partner send it again`, { cause });
  try {
    const zip = await fromRandomAccessReaderPromise(tail, packed.size, { autoClose: false });
    if (zip.entryCount > maxEntries)
      throw unfit(`has ${zip.entryCount} files and directories inside; pull.extract.max_entries allows ${maxEntries}`);
    const offset = Number(zip.readEntryCursor);
    const listed: Listed[] = [];
    for await (const entry of zip.eachEntry()) listed.push(listedOf(entry));
    const last = packed.size - 22 - Buffer.byteLength(zip.comment, "latin1");
    const behind = Number(zip.readEntryCursor);
    if (behind !== last && (await behindZip64(tail, behind)) !== last)
      throw damaged(`there are bytes behind its directory that don't belong to it, or files that it doesn't count`);
    return { listed: listed.sort((a, b) => a.offset - b.offset), offset };
  } catch (error) {
    if (tail.failure !== undefined) throw tail.failure.reason;
    if (error instanceof UnfitError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    if (badName.test(why))
      throw unfit(`has a name inside that leads out of its directory (${shown(why)}). Ask the partner how that came`, {
        cause: error,
      });
    throw damaged(why, error);
  }
};
