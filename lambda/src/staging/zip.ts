/**
 * `push.compress = "zip"`: an archive of one file, written as it is read, the same for the same version. Nothing is known of the file
 * before its bytes but its size: what it became stands behind them, as a data descriptor and in the directory at the end.
 * The format: APPNOTE 6.3.10, https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT (sections by number below).
 */
import { pipeline } from "node:stream/promises";
import { crc32, createDeflateRaw } from "node:zlib";
import { RefusedError } from "../transfer/errors.ts";
import { copies, type Hop } from "./transform.ts";

export interface ZippedFile {
  /** For messages. */
  readonly what: string;
  /** What it is called in the archive: one name, without a directory. */
  readonly name: string;
  /** When it was changed. Milliseconds since the epoch. */
  readonly time: number;
  /** Bytes. */
  readonly size: number;
}

const mebibyte = 1024 * 1024;

/** From here on sizes have eight bytes. The limit is 4,294,967,295 (4.3.9.2); what can't be compressed grows by less than a thousandth. */
const largest = 4_290_000_000;

/** Sizes behind the data (bit 3), and a name in UTF-8 (bit 11): 4.4.4. */
const flags = 0x0808;
const deflated = 8;
/** A regular file that its owner writes and all read, as Unix has it in the upper half: 4.4.2, 4.4.15. */
const madeByUnix = 3 << 8;
const mode = 0o100644 * 0x10000;
const inZip64 = 0xffffffff;

type Field = readonly [value: number, bytes: 1 | 2 | 4 | 8];

/** A record's fields one after the other, little-endian. */
const record = (...fields: readonly Field[]): Buffer =>
  Buffer.concat(
    fields.map(([value, bytes]) => {
      const field = Buffer.alloc(bytes);
      if (bytes === 8) field.writeBigUInt64LE(BigInt(value));
      else field.writeUIntLE(value, 0, bytes);
      return field;
    }),
  );

/** MS-DOS's time and date, in steps of two seconds and without a zone (4.4.6): UTC. */
const dosTime = (time: number): readonly Field[] => {
  const at = new Date(time);
  const year = Math.min(Math.max(at.getUTCFullYear() - 1980, 0), 127);
  return [
    [(at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1), 2],
    [(year << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate(), 2],
  ];
};

/** Info-ZIP's extended timestamp (4.6.1, 0x5455): the time in whole seconds, which says its zone. */
const exactTime = (time: number): Buffer => {
  const seconds = Math.floor(time / 1_000);
  return seconds >= 0 && seconds < 2 ** 31 ? record([0x5455, 2], [5, 2], [1, 1], [seconds, 4]) : Buffer.alloc(0);
};

/** What came through, as the records behind it tell it. */
interface Written {
  crc: number;
  size: number;
  compressed: number;
}

/** 4.3.7; with sizes of eight bytes a field says so, and holds none yet (4.5.3). */
const localHeader = ({ name, time }: ZippedFile, zip64: boolean): Buffer => {
  const bytes = Buffer.from(name);
  const sizes = zip64 ? record([1, 2], [16, 2], [0, 8], [0, 8]) : Buffer.alloc(0);
  const extra = Buffer.concat([sizes, exactTime(time)]);
  const unknown = zip64 ? inZip64 : 0;
  return Buffer.concat([
    record([0x04034b50, 4], [zip64 ? 45 : 20, 2], [flags, 2], [deflated, 2], ...dosTime(time)),
    record([0, 4], [unknown, 4], [unknown, 4], [bytes.byteLength, 2], [extra.byteLength, 2]),
    bytes,
    extra,
  ]);
};

/** 4.3.9 */
const dataDescriptor = ({ crc, compressed, size }: Written, zip64: boolean): Buffer =>
  record([0x08074b50, 4], [crc, 4], [compressed, zip64 ? 8 : 4], [size, zip64 ? 8 : 4]);

/** 4.3.12: the one file, which is at the beginning of the archive. */
const directory = ({ name, time }: ZippedFile, { crc, compressed, size }: Written, zip64: boolean): Buffer => {
  const bytes = Buffer.from(name);
  const sizes = zip64 ? record([1, 2], [16, 2], [size, 8], [compressed, 8]) : Buffer.alloc(0);
  const extra = Buffer.concat([sizes, exactTime(time)]);
  const version = zip64 ? 45 : 20;
  return Buffer.concat([
    record([0x02014b50, 4], [madeByUnix | version, 2], [version, 2], [flags, 2], [deflated, 2], ...dosTime(time)),
    record([crc, 4], [zip64 ? inZip64 : compressed, 4], [zip64 ? inZip64 : size, 4]),
    record([bytes.byteLength, 2], [extra.byteLength, 2], [0, 2], [0, 2], [0, 2], [mode, 4], [0, 4]),
    bytes,
    extra,
  ]);
};

/** 4.3.14 to 4.3.16: where the directory is, which has one file. */
const end = (at: number, bytes: number, zip64: boolean): Buffer =>
  Buffer.concat([
    ...(zip64
      ? [
          record(
            [0x06064b50, 4],
            [44, 8],
            [madeByUnix | 45, 2],
            [45, 2],
            [0, 4],
            [0, 4],
            [1, 8],
            [1, 8],
            [bytes, 8],
            [at, 8],
          ),
          record([0x07064b50, 4], [0, 4], [at + bytes, 8], [1, 4]),
        ]
      : []),
    record([0x06054b50, 4], [0, 2], [0, 2], [1, 2], [1, 2], [bytes, 4], [zip64 ? inZip64 : at, 4], [0, 2]),
  ]);

/** Refuses names that programs which unpack take for a path. */
const assertName = ({ what, name }: ZippedFile): void => {
  if (!/^\.{0,2}$|[/\\]|\p{Cc}/u.test(name)) return;
  throw new RefusedError(
    `${what}: in a zip it would be called ${JSON.stringify(name)}, which programs that unpack it may take for a path out of their directory. Give the object another name, or use push.compress = "gzip", which has no names`,
  );
};

/** `zip64`: with sizes of eight bytes. Throws RefusedError, and what the source throws. */
export const zipOf = (file: ZippedFile, zip64 = file.size >= largest): Hop => {
  assertName(file);
  return {
    name: "zip",
    pace: 10 * mebibyte,
    async *transform(source, signal) {
      const written: Written = { crc: 0, size: 0, compressed: 0 };
      const counted = async function* () {
        for await (const chunk of copies(source)) {
          written.crc = crc32(chunk, written.crc);
          written.size += chunk.byteLength;
          yield chunk;
        }
      };
      const header = localHeader(file, zip64);
      yield header;
      const deflate = createDeflateRaw();
      const fed = pipeline(counted(), deflate, { signal, end: true });
      // Whoever reads gets the error first.
      fed.catch(() => {});
      for await (const chunk of deflate as AsyncIterable<Buffer>) {
        written.compressed += chunk.byteLength;
        yield chunk;
      }
      await fed;
      const descriptor = dataDescriptor(written, zip64);
      const last = directory(file, written, zip64);
      const at = header.byteLength + written.compressed + descriptor.byteLength;
      yield Buffer.concat([descriptor, last, end(at, last.byteLength, zip64)]);
    },
  };
};
