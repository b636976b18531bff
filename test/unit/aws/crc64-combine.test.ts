import { randomBytes } from "node:crypto";
import test from "ava";
import { crc64Sum } from "../../../lambda/src/aws/checksum.ts";
import { combineCrc64 } from "../../../lambda/src/aws/crc64-combine.ts";

const crcOf = (bytes: Buffer): string => (crc64Sum(bytes) as { readonly crc64nvme: string }).crc64nvme;

const pieces = (bytes: Buffer, size: number) =>
  Array.from({ length: Math.ceil(bytes.byteLength / size) }, (_, index) => {
    const piece = bytes.subarray(index * size, (index + 1) * size);
    return { crc64nvme: crcOf(piece), size: piece.byteLength };
  });

test("the checksums of pieces make that of the whole, whatever their sizes", (t) => {
  for (const length of [1, 7, 8, 4_095, 100_001, 3 * 1024 * 1024 + 11]) {
    const bytes = randomBytes(length);
    for (const size of [Math.ceil(length / 7), Math.ceil(length / 2), length])
      t.is(combineCrc64(pieces(bytes, size)), crcOf(bytes), `${length} bytes in pieces of ${size}`);
  }
});

test("their order counts, and so do their sizes", (t) => {
  const bytes = randomBytes(30_000);
  const [one, other, ...rest] = pieces(bytes, 10_000);
  if (!one || !other) return t.fail();
  t.not(combineCrc64([other, one, ...rest]), crcOf(bytes));
  t.not(combineCrc64([one, { ...other, size: 10_001 }, ...rest]), crcOf(bytes));
});

test("nothing, and what begins with nothing", (t) => {
  const nothing = { crc64nvme: crcOf(Buffer.alloc(0)), size: 0 };
  t.is(combineCrc64([]), nothing.crc64nvme);
  const bytes = Buffer.from("123456789");
  t.is(combineCrc64([nothing, { crc64nvme: crcOf(bytes), size: 9 }, nothing]), "rosUhgp5mIg=");
});
