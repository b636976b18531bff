/** Comparisons of a push with its journal that come by themselves: for events that were lost, or never sent, and that nobody missed. */
import { type Invocation, sliceOf } from "../invocation.ts";
import { readStreamStates, type StreamStates } from "../journal/stream-state.ts";
import { compareWithJournal } from "../push/compare.ts";
import { type DueComparison, dueComparisons, noteNewPushes } from "./due-comparisons.ts";

const lostEvents =
  "Objects were found that no event told of; they are sent now. Are the bucket's events on, and the rule?";
const earlyObjects = "Objects were found that had been put before the new push's events began; they are sent now";

const compare = async (invocation: Invocation, due: DueComparison): Promise<void> => {
  const { deps, deadline } = invocation;
  const { stream, since, next, first, note } = due;
  const log = deps.telemetry.log.with({ stream: stream.name, direction: "push" });
  // The cursor says that it isn't done: whoever finds the claim old goes on from there.
  await note(deps, { claimed: deps.clock.wall(), next });
  try {
    const {
      next: further,
      known,
      ...found
    } = await compareWithJournal(deps, stream, {
      prefix: "",
      // What is older may have been delivered, and its entry have expired.
      since: Math.max(since, deps.journal.remembersSince()),
      after: next === "" ? undefined : next,
      dryRun: false,
      isOver: () => deadline.isClosing(),
      limit: 500,
    });
    await note(deps, further === undefined ? {} : { next: further });
    const missing = { missing: found.missingCount, paths: known.slice(0, 10).map(({ path }) => path) };
    if (found.missingCount === 0)
      log.info("The push was compared with its journal", { lookedAt: found.looked_at, missing: 0 });
    else if (first) log.info(earlyObjects, missing);
    else log.warn(lostEvents, missing);
  } catch (error) {
    log.error("The push couldn't be compared with its journal; it is tried again in a few minutes", { error });
  }
};

/**
 * Works for a slice of time on the comparisons that are due or aren't done; what is left has the next ticks. What it makes
 * known is moved as any other file. That one failed is logged, and it is tried again after a while.
 */
export const reconcileScheduled = async (invocation: Invocation, seen: StreamStates): Promise<void> => {
  const { config, clock, table } = invocation.deps;
  await noteNewPushes(invocation.deps, seen);
  if (dueComparisons(config, seen, clock.wall()).length === 0) return;
  // Read anew: another tick may have claimed it since this one began.
  const facts = await readStreamStates(table);
  const slice = sliceOf(invocation);
  for (const due of dueComparisons(config, facts, clock.wall())) {
    await compare(slice, due);
    if (slice.deadline.isClosing()) return;
  }
};
