/** The CRC64NVME of bytes that follow each other, by the CRCs of the pieces. */
import { polynomial } from "./crc64.ts";

/** The product of two polynomials, reflected: the highest bit is 1, the next one x. */
const times = (one: bigint, other: bigint): bigint => {
  let product = 0n;
  let shifted = other;
  for (let bit = 1n << 63n; bit > 0n; bit >>= 1n) {
    if ((one & bit) !== 0n) product ^= shifted;
    shifted = (shifted & 1n) === 0n ? shifted >> 1n : (shifted >> 1n) ^ polynomial;
  }
  return product;
};

/** x^(8 · 2^n) at n, as far as they were asked for: a file of a few parts would take a millisecond over them. */
const squares = [1n << 55n];

const squareAt = (index: number): bigint => {
  for (let last = squares.at(-1) as bigint; squares.length <= index; squares.push(last)) last = times(last, last);
  return squares[index] as bigint;
};

/** x^(8 · bytes): what so many bytes of zeros behind it make of a CRC. */
const powerOf = (bytes: number): bigint => {
  let power = 1n << 63n;
  for (let rest = bytes, index = 0; rest > 0; rest = Math.floor(rest / 2), index++)
    if (rest % 2 === 1) power = times(power, squareAt(index));
  return power;
};

/** Base64 of eight bytes, the highest first, as S3 tells it. */
const numberOf = (sum: string): bigint => Buffer.from(sum, "base64").readBigUInt64BE();

/** The CRC of all pieces in their order; of none it is 0, as S3 has it. */
export const combineCrc64 = (pieces: Iterable<{ readonly crc64nvme: string; readonly size: number }>): string => {
  // All pieces but the last are of one size.
  const powers = new Map<number, bigint>();
  let crc = 0n;
  for (const { crc64nvme, size } of pieces) {
    const power = powers.get(size) ?? powerOf(size);
    powers.set(size, power);
    crc = times(power, crc) ^ numberOf(crc64nvme);
  }
  const sum = Buffer.alloc(8);
  sum.writeBigUInt64BE(crc);
  return sum.toString("base64");
};
