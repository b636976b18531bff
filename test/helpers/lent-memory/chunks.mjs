// Stands for lambda/src/memory/chunks.ts: what is given back is overwritten at once, so that whoever still reads it gets wrong bytes, and
// looked at when it is lent again, so that whoever still writes to it is found. A chunk that is given back twice is found, too.
import * as real from "../../../lambda/src/memory/chunks.ts?itself";
import { fail } from "./fail.mjs";

export const { chunkBytes, slabBytes } = real;

const pattern = Buffer.alloc(chunkBytes, "given back!");
/** Where chunks begin that nobody has, by the memory that they are parts of. */
const given = new WeakMap();
const placesOf = (buffer) => {
  const known = given.get(buffer);
  if (known !== undefined) return known;
  const places = new Set();
  given.set(buffer, places);
  return places;
};

export const takeChunk = () => {
  const chunk = real.takeChunk();
  if (placesOf(chunk.buffer).delete(chunk.byteOffset) && !chunk.equals(pattern))
    fail("a chunk was written to after it was given back");
  return chunk;
};

export const giveChunk = (bytes) => {
  const { buffer, byteOffset } = bytes;
  const isChunk = real.giveChunk(bytes);
  if (!isChunk) return false;
  if (placesOf(buffer).has(byteOffset)) fail("a chunk was given back twice");
  placesOf(buffer).add(byteOffset);
  pattern.copy(Buffer.from(buffer, byteOffset, chunkBytes));
  return true;
};
