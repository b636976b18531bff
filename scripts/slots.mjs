// What uses one core for minutes waits until one of two is free: three on two cores take longer than one after the other.
const waiting = [];
let free = 2;

/** Runs `work` once a slot is free, in the order of the calls; resolves with what it does. */
export async function inSlot(work) {
  if (free > 0) free--;
  else await new Promise((resolve) => waiting.push(resolve));
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else free++;
  }
}
