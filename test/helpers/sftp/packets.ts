/** SFTP packets by hand (draft-ietf-secsh-filexfer-02), right and wrong ones alike. */

export const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
};
export const u64 = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt.asUintN(64, value));
  return bytes;
};
export const text = (value: string | Buffer): Buffer => {
  const bytes = Buffer.isBuffer(value) ? value : Buffer.from(value);
  return Buffer.concat([u32(bytes.length), bytes]);
};
/** Any packet, with its length in front. */
export const packet = (type: number, ...fields: readonly Buffer[]): Buffer => {
  const length = fields.reduce((sum, field) => sum + field.length, 1);
  return Buffer.concat([u32(length), Buffer.of(type), ...fields]);
};

export const modes = { directory: 0o040755, file: 0o100644, symlink: 0o120777 } as const;
export const attributes = (mode: number, size: bigint | number, mtime = 1_000_000_000): Buffer =>
  Buffer.concat([u32(0x1 | 0x4 | 0x8), u64(BigInt(size)), u32(mode), u32(mtime), u32(mtime)]);

export const version = (number = 3, ...extensions: readonly (readonly [string, string])[]): Buffer =>
  packet(2, u32(number), ...extensions.flatMap(([name, data]) => [text(name), text(data)]));
export const status = (id: number, code: number, words = ""): Buffer =>
  packet(101, u32(id), u32(code), text(words), text(""));
export const handle = (id: number, value: string | Buffer = `h${id}`): Buffer => packet(102, u32(id), text(value));
export const data = (id: number, bytes: Buffer): Buffer => packet(103, u32(id), text(bytes));
export const names = (id: number, entries: readonly (readonly [string | Buffer, Buffer])[]): Buffer =>
  packet(104, u32(id), u32(entries.length), ...entries.flatMap(([name, attrs]) => [text(name), text(""), attrs]));
export const attrs = (id: number, value: Buffer): Buffer => packet(105, u32(id), value);

/** Status codes, same draft, section 7. */
export const codes = { ok: 0, eof: 1, missing: 2, permission: 3, failure: 4, unsupported: 8 } as const;

const requestNames: Readonly<Record<number, string>> = {
  1: "INIT",
  3: "OPEN",
  4: "CLOSE",
  5: "READ",
  6: "WRITE",
  7: "LSTAT",
  8: "FSTAT",
  9: "SETSTAT",
  10: "FSETSTAT",
  11: "OPENDIR",
  12: "READDIR",
  13: "REMOVE",
  14: "MKDIR",
  15: "RMDIR",
  16: "REALPATH",
  17: "STAT",
  18: "RENAME",
  200: "EXTENDED",
};
export const nameOfRequest = (type: number): string => requestNames[type] ?? String(type);
