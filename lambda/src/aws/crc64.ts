/** CRC64NVME: S3 gives it to every object that comes without a checksum. */
import { bytesAt, bytesFit, code, leastBytes, stepBytes, tableBytes, zerosAt } from "./crc64-code.ts";

export interface Crc64 {
  update(bytes: Uint8Array): void;
  /** Eight bytes, the highest first. */
  digest(): Buffer;
}

/** Reflected. */
export const polynomial = 0x9a6c_9329_ac4b_c9b5n;

/** Goes over the bytes from one place to another, with the CRC of what was before. */
type Loop = (at: number, until: number, crc: bigint) => bigint;

interface Machine {
  readonly bytes: Uint8Array;
  readonly pieces: Loop;
  readonly eights: Loop;
  readonly ones: Loop;
}

/** What each byte becomes, by what each of its bits does: a CRC is linear. */
const fillTable = (table: BigUint64Array, become: (bit: bigint) => bigint): void => {
  for (let bit = 1; bit < 256; bit *= 2) {
    const one = become(BigInt(bit));
    for (let rest = 0; rest < bit; rest++) table[bit + rest] = (table[rest] as bigint) ^ one;
  }
};

/** Node's types know the namespace, and nothing in it. */
const { Instance, Module } = (
  globalThis as unknown as {
    readonly WebAssembly: {
      readonly Module: new (code: Uint8Array) => object;
      readonly Instance: new (module: object) => { readonly exports: unknown };
    };
  }
).WebAssembly;

const makeMachine = (): Machine => {
  const { exports } = new Instance(new Module(Buffer.from(code, "base64")));
  const { m, p, e, o } = exports as Record<"p" | "e" | "o", Loop> & { readonly m: { readonly buffer: ArrayBuffer } };
  const table = (index: number) => new BigUint64Array(m.buffer, index * tableBytes, 256);
  const first = table(0);
  fillTable(first, (bit) => {
    let crc = bit;
    for (let turn = 0; turn < 8; turn++) crc = (crc & 1n) === 0n ? crc >> 1n : (crc >> 1n) ^ polynomial;
    return crc;
  });
  for (let zeros = 1; zeros < 8; zeros++)
    fillTable(table(zeros), (bit) => o(zerosAt, zerosAt + zeros, first[Number(bit)] as bigint));
  return { bytes: new Uint8Array(m.buffer, bytesAt, bytesFit), pieces: p, eights: e, ones: o };
};

/** One for all: what a sum is made of lies in it only while `update` runs. */
let machine: Machine | undefined;

const allOnes = 0xffff_ffff_ffff_ffffn;

export const createCrc64 = (): Crc64 => {
  machine ??= makeMachine();
  const { bytes: memory, pieces, eights, ones } = machine;
  let crc = allOnes;
  return {
    update(bytes) {
      for (let from = 0; from < bytes.length; from += bytesFit) {
        const some = bytes.subarray(from, from + bytesFit);
        memory.set(some);
        let at = bytesAt;
        const end = bytesAt + some.length;
        for (const [least, step, run] of [
          [leastBytes, stepBytes, pieces],
          [8, 8, eights],
          [1, 1, ones],
        ] as const) {
          if (end - at < least) continue;
          const until = end - ((end - at) % step);
          crc = run(at, until, crc);
          at = until;
        }
      }
    },
    digest() {
      const sum = Buffer.alloc(8);
      sum.writeBigUInt64BE(BigInt.asUintN(64, crc ^ allOnes));
      return sum;
    },
  };
};
