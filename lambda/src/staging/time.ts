/** Whether a file can be changed in one invocation: a hop that is broken off begins again. */
import type { Entry } from "../journal/entry.ts";
import { type Outcome, type Time, type TransferContext, waits } from "../transfer/context.ts";
import { RefusedError } from "../transfer/errors.ts";
import type { Sizes } from "../transfer/sizes.ts";
import type { Hop } from "./transform.ts";

/** Of an invocation's time, how much a hop may need: the log-in and the sending's own end need some. */
const share = 0.8;

/** Milliseconds that the hop of so many bytes may need with this function's memory. */
export const timeFor = (size: number, { pace }: Hop, { cores = 1 }: Sizes): number =>
  Math.ceil((size / (pace * cores)) * 1_000);

const seconds = (milliseconds: number): number => Math.ceil(milliseconds / 1_000);

/**
 * Has this invocation the time for a hop? Throws RefusedError, with the figure, for a file that no invocation of this function has
 * the time for.
 */
export const hasTime = (what: string, size: number, hop: Hop, sizes: Sizes, { left, whole }: Time): boolean => {
  const needed = timeFor(size, hop, sizes);
  if (needed > whole * share)
    throw new RefusedError(
      `${what} has ${size} bytes, and ${hop.name} may need ${seconds(needed)} s for them with this function's memory; an invocation has ${seconds(whole)} s, of which ${seconds(whole * share)} s are for that. Raise timeout (900 s at most) or memory_size (1769 are one processor), or put the file there already changed or in parts`,
    );
  return needed <= left();
};

/** Until a file is due again that an invocation has too little time left for. Milliseconds. */
const untilNext = 60_000;

/** Leaves the file to a later invocation. */
export const leaveForLater = async (
  entry: Entry,
  { journal, clock }: Pick<TransferContext, "journal" | "clock">,
): Promise<Outcome> => {
  await journal.update(entry, { state: "pending", next_attempt: clock.wall() + untilNext });
  return waits;
};
