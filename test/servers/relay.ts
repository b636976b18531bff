import type { Random } from "../faults/random.ts";
import { type Relay, startRelay } from "../faults/relay.ts";

/** Chance without any: a connection in trouble is cut, after so many bytes. */
const cutAfter = (bytes: number): Random => ({
  next: () => 0,
  between: () => bytes,
  chance: (probability) => probability === 1,
  pick: <T>(choices: readonly T[]) => choices[0] as T, // of the troubles, `cut` comes first
  bytes: () => Buffer.alloc(0),
  fork: () => cutAfter(bytes),
});

/** A relay that counts connections; while its trouble is 1, each is cut after `bytes`, in both directions together. */
export const startCuttingRelay = (port: number, bytes: number): Promise<Relay> => startRelay(port, cutAfter(bytes));
