/**
 * Memory for the parts of uploads. V8 is slow to give back what lies outside its heap, so a part that S3 has acknowledged
 * lends its memory to the next one, of whatever file. Who takes a buffer holds its bytes of the budget and puts it back
 * before giving them back: so buffers in use and spare ones together never exceed the budget.
 */

import type { Budget } from "../concurrency/budget.ts";
import { keptBy } from "../kept-by.ts";
import { release } from "../memory/release.ts";

export interface PartBuffers {
  take(): Buffer;
  putBack(buffer: Buffer): void;
}

const poolOf = keptBy<Budget, Buffer[]>(() => []);

/**
 * Buffers of `size` bytes under this budget. The pool holds one size: another one, of very large files, isn't kept, nor is one
 * that is more than all of the budget, which is given back at once.
 */
export const partBuffers = (budget: Budget, size: number): PartBuffers => {
  const pool = poolOf(budget);
  return {
    take: () => (pool[0]?.byteLength === size ? pool.pop() : undefined) ?? Buffer.allocUnsafeSlow(size),
    putBack: (buffer) => {
      if (size > budget.total) release(buffer);
      else if (buffer.byteLength === size && (pool[0]?.byteLength ?? size) === size) pool.push(buffer);
    },
  };
};
