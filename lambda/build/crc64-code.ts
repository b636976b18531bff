/**
 * Makes what lambda/src/aws/crc64-code.ts has in base64 (`node lambda/build/crc64-code.ts` prints it): the inner loop of a CRC64 as a
 * module of WebAssembly, written out here, since JavaScript has no integers of 64 bits that are fast.
 * Short pieces: eight bytes are looked up in eight tables at one time (slicing-by-8), 0.9 GB/s.
 * Long ones: a multiple of the polynomial that has few terms says at which seven later places a byte may be XORed instead of standing
 * where it is, and nothing of the CRC changes (Russell, "Chorba", arXiv 2412.16398, does so for CRC32). So each 16 bytes become
 * themselves and what stands at seven earlier places, until only the last 2 KiB are left for the tables.
 */

import {
  bytesAt,
  bytesFit,
  lags,
  lastBytes,
  stepBytes,
  tableBytes,
  windowAt,
  windowBytes,
} from "../src/aws/crc64-code.ts";

/** WebAssembly Core Specification, 5.4 and 5.5. */
const type = { i32: 0x7f, i64: 0x7e, function: 0x60 };
const section = { types: 1, functions: 3, memory: 5, exports: 7, code: 10 };
const loop = [0x03, 0x40];
const end = [0x0b];
const againIfLess = [0x49, 0x0d, 0]; // i32.lt_u, br_if 0
const add = [0x6a];
const and = [0x71];
const xor = [0x85];
const toShort = [0xa7];
const shiftLeft = [0x86];
const shiftRight = [0x88];

const unsigned = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >> 7)]);
const signed = (value: number): number[] =>
  value >= -64 && value < 64 ? [value & 127] : [(value & 127) | 128, ...signed(value >> 7)];
const get = (local: number) => [0x20, local];
const set = (local: number) => [0x21, local];
const tee = (local: number) => [0x22, local];
const short = (value: number) => [0x41, ...signed(value)];
const long = (value: number) => [0x42, ...signed(value)];
const load = (at: number) => [0x29, 3, ...unsigned(at)];
const loadByte = (at: number) => [0x31, 0, ...unsigned(at)];
const wide = (code: number) => [0xfd, code];
const loadWide = (at: number) => [...wide(0x00), 4, ...unsigned(at)];
const storeWide = (at: number) => [...wide(0x0b), 4, ...unsigned(at)];
const xorWide = wide(0x51);
const storeLong = (at: number) => [0x37, 3, ...unsigned(at)];
const fill = [0xfc, 0x0b, 0];
const copy = [0xfc, 0x0a, 0, 0];
const equal = [0x46];
const subtract = [0x6b];
const call = (index: number) => [0x10, index];
const then = [0x04, 0x40];
const listOf = (items: readonly (readonly number[])[]) => [...unsigned(items.length), ...items.flat()];
const sectionOf = (id: number, content: readonly number[]) => [id, ...unsigned(content.length), ...content];
const each = (count: number, code: (index: number) => readonly number[]) =>
  Array.from({ length: count }, (_, index) => code(index)).flat();

/** Looks all eight bytes of a local up, the last of them in the first table. */
const lookUp = (local: number): number[] =>
  each(8, (byte) => [
    ...get(local),
    // A table's numbers have eight bytes each: the index comes out times 8.
    ...(byte === 0 ? [...long(3), ...shiftLeft] : [...long(8 * byte - 3), ...shiftRight]),
    ...toShort,
    ...short(255 * 8),
    ...and,
    ...load((7 - byte) * tableBytes),
    ...(byte === 0 ? [] : xor),
  ]);

/** Parameters of each function: where the bytes begin, where they end, and the CRC of what was before. */
const [at, until, crc] = [0, 1, 2];

const functionOf = (numbers: number, code: readonly number[], local = type.i64) => {
  const body = [...listOf([[...unsigned(numbers), local]]), ...code, ...end];
  return [...unsigned(body.length), ...body];
};

/** The end of a loop: on by so many bytes, and again unless that is where it ends. */
const onBy = (bytes: number, last: readonly number[] = get(until)): number[] => [
  ...get(at),
  ...short(bytes),
  ...add,
  ...tee(at),
  ...last,
  ...againIfLess,
  ...end,
];

/** As many bytes as a step has: each 16 with those at seven earlier places, into the place that is so far behind `to`. */
const fold = (to: number, place: number): number[] =>
  each(stepBytes / 16, (part) => [
    ...get(to),
    ...get(at),
    ...loadWide(16 * part),
    ...lags.flatMap((lag) => [...get(to), ...loadWide(lastBytes - lag + 16 * part), ...xorWide]),
    ...storeWide(place + 16 * part),
  ]);

/**
 * Long pieces. `to` is where the last of what was folded stands, in a window that is small enough for the processor's
 * first cache; what comes next goes behind them.
 */
const pieces = (() => {
  const to = 3;
  const onTo = [...get(to), ...short(stepBytes), ...add];
  return functionOf(
    1,
    [
      ...[...short(windowAt), ...short(0), ...short(lastBytes), ...fill],
      // The CRC of what was before belongs to the first eight bytes, which alone look there.
      ...[...short(windowAt), ...get(crc), ...storeLong(lastBytes - Math.max(...lags))],
      ...[...short(windowAt), ...set(to)],
      ...loop,
      ...fold(to, lastBytes),
      ...[...onTo, ...tee(to), ...short(windowAt + windowBytes), ...equal],
      ...then,
      ...[...short(windowAt), ...get(to), ...short(lastBytes), ...copy],
      ...[...short(windowAt), ...set(to)],
      ...end,
      ...onBy(stepBytes, [...get(until), ...short(lastBytes), ...subtract]),
      // The last ones go nowhere else: each gets what stands before all of them.
      ...[...get(to), ...short(lastBytes), ...add, ...short(0), ...short(lastBytes), ...fill],
      ...loop,
      ...fold(to, 2 * lastBytes),
      ...[...onTo, ...set(to)],
      ...onBy(stepBytes),
      ...[...get(to), ...short(lastBytes), ...add],
      ...[...get(to), ...short(2 * lastBytes), ...add],
      ...long(0),
      ...call(1),
    ],
    type.i32,
  );
})();

/** Eight bytes at a time. */
const eights = functionOf(1, [
  ...loop,
  ...get(at),
  ...load(0),
  ...get(crc),
  ...xor,
  ...set(3),
  ...lookUp(3),
  ...set(crc),
  ...onBy(8),
  ...get(crc),
]);

/** One byte at a time. */
const ones = functionOf(0, [
  ...loop,
  ...get(at),
  ...loadByte(0),
  ...get(crc),
  ...xor,
  ...long(3),
  ...shiftLeft,
  ...toShort,
  ...short(255 * 8),
  ...and,
  ...load(0),
  ...get(crc),
  ...long(8),
  ...shiftRight,
  ...xor,
  ...set(crc),
  ...onBy(1),
  ...get(crc),
]);

const name = (letter: string) => [1, letter.charCodeAt(0)];

/** Exports `m`, the memory, and functions that take at least one piece (`p`), eight bytes (`e`) or one (`o`). */
export const crc64Module = (): Uint8Array<ArrayBuffer> =>
  Uint8Array.from([
    ...Buffer.from("\0asm", "latin1"),
    ...[1, 0, 0, 0],
    ...sectionOf(
      section.types,
      listOf([[type.function, ...listOf([[type.i32], [type.i32], [type.i64]]), 1, type.i64]]),
    ),
    ...sectionOf(section.functions, listOf([[0], [0], [0]])),
    ...sectionOf(section.memory, listOf([[0, (bytesAt + bytesFit) / 65_536]])),
    ...sectionOf(
      section.exports,
      listOf([
        [...name("m"), 2, 0],
        [...name("p"), 0, 0],
        [...name("e"), 0, 1],
        [...name("o"), 0, 2],
      ]),
    ),
    ...sectionOf(section.code, listOf([pieces, eights, ones])),
  ]);

if (process.argv[1] === import.meta.filename) console.log(Buffer.from(crc64Module()).toString("base64"));
