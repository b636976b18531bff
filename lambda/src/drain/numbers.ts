/** Running numbers for whoever asks: most streams have none, and load nothing of them. */
import type { DrainDeps } from "./deps.ts";
import type { OrderedSide } from "./order.ts";
import type { Numbers } from "./sequence.ts";

/** The numbers of a side with `order = "sequence"`, as they are now; undefined for all others. Throws what the table throws. */
export const numbersFor = async (
  side: Pick<OrderedSide, "stream" | "direction">,
  deps: DrainDeps,
): Promise<Numbers | undefined> =>
  side.stream[side.direction]?.sequence && (await import("./sequence.ts")).numbersOf(side, deps);
