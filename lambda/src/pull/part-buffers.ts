/**
 * Memory for the parts of uploads. V8 is slow to give back what lies outside its heap, so a part that S3 has acknowledged
 * lends its memory to the next one, of whatever file. Who takes a buffer holds its bytes of the budget and puts it back
 * before giving them back, and who takes other memory makes room for it: so all that is in use and spare buffers together
 * never exceed the budget by more than a buffer.
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
 * Gives back spare buffers that don't fit into the budget beside what is taken of it, but for one, since making it anew costs as much as copying
 * it: for whoever has just taken some for memory of its own.
 */
export const makeRoom = (budget: Budget): void => {
  const pool = poolOf(budget);
  for (let spare = pool[0]; spare !== undefined; spare = pool[0]) {
    if (budget.taken + (pool.length - 1) * spare.byteLength <= budget.total) return;
    release(pool.pop() as Buffer);
  }
};

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
