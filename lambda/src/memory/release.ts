import { slabBytes } from "./chunks.ts";

/** Less is no burden. Bytes. */
const leastBytes = 16 * 1024;

/**
 * Gives a buffer that nobody reads any more back at once. Its memory lies outside V8's heap, so that V8 sees little reason to
 * collect it, and collecting costs more than all else that is done with it. Every view of it has no bytes afterwards
 * (ECMA-262, ArrayBuffer.prototype.transfer). A buffer that is a part of some memory is left alone.
 */
export const release = (bytes: Uint8Array): void => {
  const { buffer, byteLength } = bytes;
  if (byteLength < leastBytes || byteLength !== buffer.byteLength || !(buffer instanceof ArrayBuffer)) return;
  try {
    buffer.transfer(0);
  } catch {
    // Node or V8 needs it, and says so.
  }
};

/** The same for a part, where all of the memory that it is a part of has been read; Node's pool and ours, which others have parts of, are left alone. */
export const releaseWhole = ({ buffer }: Uint8Array): void => {
  if (buffer.byteLength !== Buffer.poolSize && buffer.byteLength !== slabBytes) release(new Uint8Array(buffer));
};
