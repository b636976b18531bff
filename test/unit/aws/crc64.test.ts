import { randomBytes } from "node:crypto";
import test from "ava";
import { createCRC64 } from "hash-wasm";
import { crc64Module } from "../../../lambda/build/crc64-code.ts";
import { createCrc64 } from "../../../lambda/src/aws/crc64.ts";
import { bytesFit, code, leastBytes, stepBytes } from "../../../lambda/src/aws/crc64-code.ts";

const sumOf = (...chunks: Uint8Array[]): string => {
  const crc = createCrc64();
  for (const chunk of chunks) crc.update(chunk);
  return crc.digest().toString("hex");
};

test("the check value of CRC-64/NVME, and nothing", (t) => {
  t.is(sumOf(Buffer.from("123456789")), "ae8b14860a799888");
  t.is(sumOf(), "0000000000000000");
});

test("another implementation comes to the same, whatever the length, and wherever it is cut", async (t) => {
  const other = await createCRC64("9a6c9329ac4bc9b5");
  const bytes = randomBytes(bytesFit + leastBytes + 1_001);
  const edges = [leastBytes, leastBytes + stepBytes, 255 * 1024, bytesFit, bytes.length];
  const lengths = [...Array(34).keys(), ...edges.flatMap((edge) => [-9, -8, -1, 0, 1, 8, 9].map((by) => edge + by))];
  for (const length of lengths) {
    const some = bytes.subarray(3, 3 + length);
    const told = other.init().update(some).digest("hex");
    t.is(sumOf(some), told, `${length} bytes`);
    const cut = Math.floor(length / 3);
    t.is(sumOf(some.subarray(0, cut), some.subarray(cut)), told, `${length} bytes, cut at ${cut}`);
  }
});

test("the module is what its source makes", (t) => {
  t.is(Buffer.from(crc64Module()).toString("base64"), code);
});

test("several at one time don't mix", (t) => {
  const [one, two] = [randomBytes(70_000), randomBytes(70_000)];
  const [first, second] = [createCrc64(), createCrc64()];
  for (const at of [0, 35_000]) {
    first.update(one.subarray(at, at + 35_000));
    second.update(two.subarray(at, at + 35_000));
  }
  t.is(first.digest().toString("hex"), sumOf(one));
  t.is(second.digest().toString("hex"), sumOf(two));
});
