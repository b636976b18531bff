/** MD5 as partners write it into marker files (RFC 1321). It tells a damaged file, not a forged one. Node's own can't be saved between invocations. */

const shifts = Int32Array.of(7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21);
const table = Int32Array.from({ length: 64 }, (_, i) => Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32));
const words = new Int32Array(16);
/** The word of the block that each step takes. */
const places = Uint8Array.from({ length: 64 }, (_, i) => ([i, 5 * i + 1, 3 * i + 5, 7 * i][i >> 4] ?? 0) & 15);

/** Takes a block into the sum. */
const takeBlock = (sum: Int32Array, block: DataView, at: number): void => {
  for (let i = 0; i < 16; i++) words[i] = block.getInt32(at + i * 4, true);
  let a = sum[0] as number;
  let b = sum[1] as number;
  let c = sum[2] as number;
  let d = sum[3] as number;
  for (let i = 0; i < 64; i++) {
    const round = i >> 4;
    const mixed =
      round === 0 ? d ^ (b & (c ^ d)) : round === 1 ? c ^ (d & (b ^ c)) : round === 2 ? b ^ c ^ d : c ^ (b | ~d);
    const turned = (a + mixed + (table[i] as number) + (words[places[i] as number] as number)) | 0;
    const shift = shifts[(round << 2) | (i & 3)] as number;
    a = d;
    d = c;
    c = b;
    b = (b + ((turned << shift) | (turned >>> (32 - shift)))) | 0;
  }
  sum[0] = (sum[0] as number) + a;
  sum[1] = (sum[1] as number) + b;
  sum[2] = (sum[2] as number) + c;
  sum[3] = (sum[3] as number) + d;
};

export interface Md5 {
  update(bytes: Uint8Array): void;
  /** Hexadecimal; ends it. */
  digest(): string;
  /** The state so far, base64. */
  save(): string;
}

/** A running MD5, from a saved state or from the beginning. Throws for a state that isn't one. */
export const createMd5 = (state?: string): Md5 => {
  // Four words of the sum, the count of bytes, and the block that isn't full.
  const held = Buffer.alloc(24 + 64);
  const sum = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476);
  let count = 0;
  if (state !== undefined) {
    if (Buffer.from(state, "base64").copy(held) !== held.byteLength) throw new Error("not the state of an MD5");
    for (const i of sum.keys()) sum[i] = held.readInt32LE(i * 4);
    count = held.readDoubleLE(16);
  }
  const rest = held.subarray(24);
  const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const restView = view(rest);

  const update = (bytes: Uint8Array): void => {
    let at = 0;
    const filled = count % 64;
    count += bytes.byteLength;
    if (filled > 0) {
      at = Math.min(64 - filled, bytes.byteLength);
      rest.set(bytes.subarray(0, at), filled);
      if (filled + at < 64) return;
      takeBlock(sum, restView, 0);
    }
    for (const block = view(bytes); at + 64 <= bytes.byteLength; at += 64) takeBlock(sum, block, at);
    rest.set(bytes.subarray(at));
  };
  const pack = (): Buffer => {
    for (const [i, word] of sum.entries()) held.writeInt32LE(word, i * 4);
    held.writeDoubleLE(count, 16);
    return held;
  };
  return {
    update,
    save: () => pack().toString("base64"),
    digest() {
      const end = Buffer.alloc(((119 - (count % 64)) % 64) + 9);
      end[0] = 0x80;
      end.writeBigUInt64LE(BigInt(count) * 8n, end.byteLength - 8);
      update(end);
      return pack().toString("hex", 0, 16);
    },
  };
};
