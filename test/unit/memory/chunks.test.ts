import test from "ava";
import { chunkBytes, giveChunk, takeChunk } from "../../../lambda/src/memory/chunks.ts";

const placeOf = ({ buffer, byteOffset }: Buffer) => ({ buffer, byteOffset });

test("a chunk that was given back is the next to be lent, to one at a time", (t) => {
  const [first, second] = [takeChunk(), takeChunk()];
  t.is(first.length, chunkBytes);
  t.notDeepEqual(placeOf(first), placeOf(second));
  t.true(giveChunk(first.subarray(0, 7)), "by its beginning, however much of it was filled");
  const again = takeChunk();
  t.is(again.buffer, first.buffer);
  t.is(again.byteOffset, first.byteOffset);
  t.is(again.length, chunkBytes);
});

test("no two that are lent share a byte", (t) => {
  const lent = Array.from({ length: 23 }, takeChunk);
  for (const [index, chunk] of lent.entries()) chunk.fill(index);
  t.true(lent.every((chunk, index) => chunk[0] === index && chunk[chunkBytes - 1] === index));
});

test("what isn't a chunk isn't lent", (t) => {
  const other = Buffer.alloc(chunkBytes);
  t.false(giveChunk(other));
  t.false(giveChunk(takeChunk().subarray(1)), "nor what begins within one");
  t.not(takeChunk().buffer, other.buffer);
});
