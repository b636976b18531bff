/**
 * Memory for what is read in large pieces, from S3 and from partners: lent to the next piece, of whatever file. What the system gives anew has
 * to be made page by page, and V8 is slow to give back what lies outside its heap.
 */

/** What OpenSSH takes with one WRITE, and gives with one READ, so that neither is copied to become one. Bytes. */
export const chunkBytes = 255 * 1024;

/** They are made together, of memory that the C library keeps apart from its heap (from 1 MiB on), so that they leave no holes in that. */
export const slabBytes = 5 * chunkBytes;

/** Those that nobody has. */
const spare: Buffer[] = [];
/** What they are parts of. */
const slabs = new WeakSet<ArrayBufferLike>();

/** One of `chunkBytes`, with whatever is in it. */
export const takeChunk = (): Buffer => {
  if (spare.length === 0) {
    const slab = Buffer.allocUnsafeSlow(slabBytes);
    slabs.add(slab.buffer);
    for (let at = 0; at < slabBytes; at += chunkBytes) spare.push(slab.subarray(at, at + chunkBytes));
  }
  return spare.pop() as Buffer;
};

/** Gives back the chunk that `bytes` begins; false if they lie in none. Nobody may read or write it from then on. */
export const giveChunk = ({ buffer, byteOffset }: Uint8Array): boolean => {
  const isChunk = slabs.has(buffer) && byteOffset % chunkBytes === 0;
  if (isChunk) spare.push(Buffer.from(buffer as ArrayBuffer, byteOffset, chunkBytes));
  return isChunk;
};
