/** Zips and tars, each part of which can be made wrong. */
import { buffer } from "node:stream/consumers";
import { crc32, deflateRawSync } from "node:zlib";
import { type Header, pack } from "tar-stream";

export interface Zipped {
  readonly name: string;
  readonly content?: string | Buffer;
  readonly stored?: boolean;
  /** What stands before the bytes, where that is something else than in the directory. */
  readonly local?: { readonly name?: string; readonly crc?: number; readonly size?: number; readonly method?: number };
  /** … and in the directory. */
  readonly told?: { readonly crc?: number; readonly size?: number; readonly method?: number; readonly offset?: number };
  /** Bit 3: sizes and checksum stand behind the bytes. */
  readonly described?: boolean;
  readonly flags?: number;
  /** The upper half of the external attributes. */
  readonly mode?: number;
  /** The packed bytes, where they aren't what `content` gives. */
  readonly packed?: Buffer;
  /** Bytes between this file and the next. */
  readonly behind?: Buffer;
}

const numbers = (...fields: readonly (readonly [value: number, bytes: 2 | 4])[]): Buffer =>
  Buffer.concat(
    fields.map(([value, bytes]) => {
      const field = Buffer.alloc(bytes);
      if (bytes === 2) field.writeUInt16LE(value);
      else field.writeUInt32LE(value >>> 0);
      return field;
    }),
  );

const utf8 = 0x0800;

export const zipOf = (
  files: readonly Zipped[],
  { count = files.length, comment = "", before = "", behind = "" } = {},
) => {
  const parts: Buffer[] = [Buffer.from(before)];
  const directory: Buffer[] = [];
  let at = before.length;
  for (const {
    name,
    content = "",
    stored = false,
    local = {},
    told = {},
    described = false,
    mode = 0,
    ...file
  } of files) {
    const bytes = Buffer.from(content);
    const packed = file.packed ?? (stored ? bytes : deflateRawSync(bytes));
    const method = stored ? 0 : 8;
    const crc = crc32(bytes);
    const flags = utf8 | (file.flags ?? 0) | (described ? 0x08 : 0);
    const localName = Buffer.from(local.name ?? name);
    const header = Buffer.concat([
      numbers([0x04034b50, 4], [20, 2], [flags, 2], [local.method ?? method, 2], [0, 2], [0x5c21, 2]),
      described
        ? numbers([0, 4], [0, 4], [0, 4])
        : numbers([local.crc ?? crc, 4], [packed.byteLength, 4], [local.size ?? bytes.byteLength, 4]),
      numbers([localName.byteLength, 2], [0, 2]),
      localName,
    ]);
    const descriptor = described
      ? numbers([0x08074b50, 4], [local.crc ?? crc, 4], [packed.byteLength, 4], [bytes.byteLength, 4])
      : Buffer.alloc(0);
    directory.push(
      numbers(
        [0x02014b50, 4],
        [(3 << 8) | 20, 2],
        [20, 2],
        [flags, 2],
        [told.method ?? method, 2],
        [0, 2],
        [0x5c21, 2],
      ),
      numbers([told.crc ?? crc, 4], [packed.byteLength, 4], [told.size ?? bytes.byteLength, 4]),
      numbers(
        [Buffer.byteLength(name), 2],
        [0, 2],
        [0, 2],
        [0, 2],
        [0, 2],
        [mode * 0x10000, 4],
        [told.offset ?? at, 4],
      ),
      Buffer.from(name),
    );
    parts.push(header, packed, descriptor, file.behind ?? Buffer.alloc(0));
    at += header.byteLength + packed.byteLength + descriptor.byteLength + (file.behind?.byteLength ?? 0);
  }
  const listed = Buffer.concat(directory);
  const end = numbers([0x06054b50, 4], [0, 2], [0, 2], [count, 2], [count, 2], [listed.byteLength, 4], [at, 4]);
  return Buffer.concat([...parts, listed, end, numbers([comment.length, 2]), Buffer.from(comment + behind)]);
};

export const tarOf = (
  files: readonly (Partial<Header> & { readonly name: string; readonly content?: string | Buffer })[],
) => {
  const tar = pack();
  for (const { content = "", ...header } of files) tar.entry(header, content);
  tar.finalize();
  return buffer(tar as unknown as NodeJS.ReadableStream);
};
