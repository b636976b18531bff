import test from "ava";
import { takeChunk } from "../../../lambda/src/memory/chunks.ts";
import { release, releaseWhole } from "../../../lambda/src/memory/release.ts";

const large = 64 * 1024;

test("a buffer that has its memory for itself has none afterwards", (t) => {
  const before = process.memoryUsage().arrayBuffers;
  const buffers = Array.from({ length: 200 }, () => Buffer.allocUnsafeSlow(large));
  for (const buffer of buffers) release(buffer);
  t.true(buffers.every((buffer) => buffer.length === 0));
  t.true(process.memoryUsage().arrayBuffers - before < 20 * large, "without any collection");
});

test("what others have a part of stays as it is", (t) => {
  const memory = Buffer.alloc(2 * large, 7);
  release(memory.subarray(0, large));
  release(memory.subarray(large));
  t.true(memory.equals(Buffer.alloc(2 * large, 7)));
  releaseWhole(memory.subarray(large));
  t.is(memory.length, 0);
});

test("Node's pool stays as it is, whatever is said of a buffer in it", (t) => {
  const pooled = Buffer.from("in the pool");
  t.is(pooled.buffer.byteLength, Buffer.poolSize, "or this shows nothing");
  release(pooled);
  releaseWhole(pooled);
  release(new Uint8Array(pooled.buffer));
  t.is(pooled.toString(), "in the pool");
});

test("a chunk's neighbours stay as they are", (t) => {
  const [one, other] = [takeChunk(), takeChunk().fill(7)];
  releaseWhole(one);
  releaseWhole(other.subarray(9));
  t.true(other.length > 0 && other.every((byte) => byte === 7));
});
