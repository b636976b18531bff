/**
 * A zip's files (APPNOTE 6.3.10, sections by number below), in one pass from its first byte to its last: each byte belongs to one
 * file or to the directory, so that no two readers can find different files in it. What the directory says of a file is held
 * against what lies before and behind its bytes, and against these.
 */
import { pipeline } from "node:stream/promises";
import { crc32, createInflateRaw } from "node:zlib";
import { parseExtraFields } from "yauzl";
import { UnfitError } from "../../transfer/errors.ts";
import { shown } from "../../transfer/fill-template.ts";
import { copies } from "../transform.ts";
import { createCursor } from "./cursor.ts";
import type { Member, Unpacking } from "./types.ts";
import { type Listed, readDirectory } from "./zip-directory.ts";

const stored = 0;
const deflated = 8;

/** Types of Unix files that are neither files nor directories. */
const oddTypes: ReadonlyMap<number, string> = new Map([
  [0o010000, "a pipe"],
  [0o020000, "a device"],
  [0o060000, "a device"],
  [0o120000, "a symbolic link"],
  [0o140000, "a socket"],
]);

const wide = 0xffffffff;
/** Where a size or a checksum is told behind the bytes, these stand for it. */
const unknown = [0, wide];

interface Local {
  /** Sizes and checksum stand behind the bytes (bit 3). */
  readonly isDescribed: boolean;
  readonly crc: number;
  readonly compressed: number;
  readonly size: number;
}

const disagrees = ({ name }: Listed, what: string): string =>
  `can't be extracted: its directory and the header of ${shown(name)} disagree on its ${what}, so that programs would find different files in it. Have the partner make it anew`;

/** 4.3.7. Throws the words for one that isn't what the directory says. */
const readLocal = (header: Buffer, name: Buffer, extra: Buffer, listed: Listed): Local => {
  const flags = header.readUInt16LE(6);
  const isDescribed = (flags & 0x08) !== 0;
  if (header.readUInt16LE(8) !== listed.method) throw new Error(disagrees(listed, "compression"));
  if (((flags & 0x01) !== 0) !== listed.isEncrypted) throw new Error(disagrees(listed, "encryption"));
  if (!name.equals(listed.rawName)) throw new Error(disagrees(listed, "name"));
  const crc = header.readUInt32LE(14);
  let compressed = header.readUInt32LE(18);
  let size = header.readUInt32LE(22);
  const zip64 = parseExtraFields(extra).find(({ id }) => id === 1)?.data;
  // 4.5.3: in a local header both are there.
  if (zip64 !== undefined && zip64.byteLength >= 16) {
    if (size === wide) size = Number(zip64.readBigUInt64LE(0));
    if (compressed === wide) compressed = Number(zip64.readBigUInt64LE(8));
  }
  const isRight = (told: number, value: number) => told === value || (isDescribed && unknown.includes(told));
  if (!isRight(crc, listed.crc)) throw new Error(disagrees(listed, "checksum"));
  if (!isRight(compressed, listed.compressed) || !isRight(size, listed.size))
    throw new Error(disagrees(listed, "size"));
  return { isDescribed, crc, compressed, size };
};

/** 4.3.9: with or without a signature, with sizes of four or of eight bytes. */
const isDescriptor = (bytes: Buffer, { crc, compressed, size }: Listed): boolean => {
  const signed = bytes.byteLength % 8 === 0;
  const fields = signed ? bytes.subarray(4) : bytes;
  const isWide = fields.byteLength === 20;
  const sizes = isWide
    ? [Number(fields.readBigUInt64LE(4)), Number(fields.readBigUInt64LE(12))]
    : [fields.readUInt32LE(4), fields.readUInt32LE(8)];
  return (
    (!signed || bytes.readUInt32LE(0) === 0x08074b50) &&
    fields.readUInt32LE(0) === crc &&
    sizes[0] === compressed &&
    sizes[1] === size
  );
};

const descriptorLengths = [12, 16, 20, 24];

export async function* unzip(unpacking: Unpacking): AsyncGenerator<Member> {
  const { packed, ledger, unfit, signal, skip } = unpacking;
  const { listed: all, offset: end } = await readDirectory(unpacking);
  const paths = all.map((listed) => {
    const { name, method, isEncrypted, unixType, size } = listed;
    const kind = name.endsWith("/") ? "directory" : "file";
    const path = ledger.enter(name, kind);
    if (isEncrypted)
      throw unfit(
        `has ${shown(name)} inside, which is encrypted with a password; passwords of zips aren't supported, and pull.pgp protects better. Have the partner send it without`,
      );
    const odd = oddTypes.get(unixType);
    if (odd !== undefined)
      throw unfit(`has ${shown(name)} inside, which is ${odd} and no file. Have the partner leave it out`);
    if (method !== stored && method !== deflated)
      throw unfit(
        `has ${shown(name)} inside, which is compressed in a way that isn't supported (method ${method}). Have the partner use deflate, which is what all programs do unless they are told otherwise`,
      );
    if (kind === "directory" && size > 0) throw unfit(`has the directory ${shown(name)} inside, which has bytes`);
    return kind === "file" ? path : undefined;
  });
  // Most bombs say so themselves.
  ledger.expect(
    all.reduce((sum, { size }) => sum + size, 0),
    packed.size,
  );

  const files = all.flatMap((_, number) => (paths[number] === undefined ? [] : [number]));
  const first = skip === 0 ? 0 : (files[skip] ?? all.length);
  const start = first === 0 ? 0 : (all[first]?.offset ?? end);
  const cursor = createCursor(packed.from(start));
  try {
    for (let number = first; number < all.length; number++) {
      const listed = all[number];
      if (listed === undefined) break;
      const next = all[number + 1]?.offset ?? end;
      const lost = () =>
        unfit(
          `can't be extracted: between its files there are bytes that belong to none, or two of them share some (at ${listed.offset}, ${shown(listed.name)}), so that programs would find different files in it. Have the partner make it anew`,
        );
      if (start + cursor.at !== listed.offset) throw lost();
      const header = await cursor.exactly(30);
      if (header.byteLength < 30 || header.readUInt32LE(0) !== 0x04034b50) throw lost();
      const name = await cursor.exactly(header.readUInt16LE(26));
      const extra = await cursor.exactly(header.readUInt16LE(28));
      let local: Local;
      try {
        local = readLocal(header, name, extra, listed);
      } catch (error) {
        throw unfit(error instanceof Error ? error.message : String(error), { cause: error });
      }
      const dataEnd = start + cursor.at + listed.compressed;
      if (dataEnd > next) throw lost();
      const path = paths[number];
      const content = contentOf(listed, cursor.take(listed.compressed), unpacking);
      if (path !== undefined) yield { path, size: listed.size, mtime: listed.mtime, content };
      // Of what nobody has read, and of a directory.
      for await (const _ of content);
      signal.throwIfAborted();
      if (start + cursor.at !== dataEnd) throw lost();
      const gap = next - dataEnd;
      if (gap === 0) continue;
      if (!local.isDescribed || !descriptorLengths.includes(gap)) throw lost();
      if (!isDescriptor(await cursor.exactly(gap), listed)) throw unfit(disagrees(listed, "size or checksum"));
    }
    if (start + cursor.at !== end)
      throw unfit(
        `can't be extracted: there are bytes before its directory that belong to none of its files. Have the partner make it anew`,
      );
    await cursor.rest();
  } finally {
    await cursor.close();
  }
}

/** The bytes of a file: as many as the directory says, with its checksum. */
async function* contentOf(
  { name, method, crc, compressed, size }: Listed,
  data: AsyncIterable<Uint8Array>,
  { ledger, unfit, packed, signal }: Unpacking,
): AsyncGenerator<Uint8Array> {
  const damaged = (why: string, cause?: unknown) =>
    unfit(`can't be extracted: ${shown(name)} inside is damaged (${why}). Have the partner send it again`, {
      cause,
    });
  let found = 0;
  let sum = 0;
  const check = (chunk: Uint8Array): void => {
    found += chunk.byteLength;
    sum = crc32(chunk, sum);
    if (found > size) throw damaged(`it has more than the ${size} bytes that the directory tells`);
    ledger.grow(chunk.byteLength, packed.size);
  };
  if (method === stored) {
    for await (const chunk of data) {
      check(chunk);
      yield chunk;
    }
  } else {
    const inflate = createInflateRaw();
    let failure: { readonly reason: unknown } | undefined;
    const watched = async function* () {
      try {
        yield* copies(data);
      } catch (reason) {
        failure = { reason };
        throw reason;
      }
    };
    const fed = pipeline(watched(), inflate, { signal });
    // Whoever reads gets the error first.
    fed.catch(() => {});
    try {
      for await (const chunk of inflate as AsyncIterable<Buffer>) {
        check(chunk);
        yield chunk;
      }
      await fed;
    } catch (error) {
      signal.throwIfAborted();
      if (failure !== undefined) throw failure.reason;
      if (error instanceof UnfitError) throw error;
      throw damaged(error instanceof Error ? error.message : String(error), error);
    } finally {
      inflate.destroy();
    }
    if (inflate.bytesWritten !== compressed) throw damaged("its compressed bytes end before they should");
  }
  if (found !== size) throw damaged(`it has ${found} bytes, and the directory tells ${size}`);
  if (sum !== crc) throw damaged("its checksum is another one");
}
