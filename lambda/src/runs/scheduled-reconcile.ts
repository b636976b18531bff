/** Comparisons of a push with its journal that come by themselves, every so many hours: for events that were lost and that nobody missed. */
import type { PushStream, StreamConfig } from "../config/types.ts";
import type { Invocation } from "../invocation.ts";
import { sliceOf } from "../invocation.ts";
import { readStreamStates, remember, type StreamStates } from "../journal/stream-state.ts";
import { compareWithJournal } from "../push/compare.ts";

const hour = 3_600_000;
/** A tick that has begun with one and not told of its end within this time isn't there any more. Milliseconds. */
const abandoned = 5 * 60_000;

interface Due {
  readonly stream: PushStream;
  /** When this comparison began. */
  readonly began: number;
  /** The cursor from which it goes on; "" at the start. */
  readonly next: string;
}

const dueOf = (stream: StreamConfig, facts: StreamStates, now: number): Due | undefined => {
  const hours = stream.push?.reconcileHours;
  // Before the first tick nobody can tell lost events from older objects.
  if (hours === undefined || !facts.of(stream.name, "since")) return undefined;
  const fact = facts.of(stream.name, "reconcile");
  const claimed = typeof fact?.["claimed"] === "number" ? fact["claimed"] : 0;
  if (now - claimed < abandoned) return undefined;
  const next = typeof fact?.["next"] === "string" ? fact["next"] : undefined;
  const began = typeof fact?.["began"] === "number" ? fact["began"] : 0;
  if (next !== undefined) return { stream: stream as PushStream, began, next };
  return now - began >= hours * hour ? { stream: stream as PushStream, began: now, next: "" } : undefined;
};

/**
 * Works for a slice of time on one stream whose comparison is due or isn't done; other streams, and the rest of it, have the
 * next ticks. What it makes known is moved as any other file. That it failed is logged, and tried again after a while.
 */
export const reconcileScheduled = async (invocation: Invocation): Promise<void> => {
  const { config, clock, table, telemetry } = invocation.deps;
  const scheduled = [...config.streams.values()].filter(({ push }) => push?.reconcileHours !== undefined);
  if (scheduled.length === 0) return;
  // Read anew: another tick may have claimed it since this one began.
  const facts = await readStreamStates(table);
  const due = scheduled
    .map((stream) => dueOf(stream, facts, clock.wall()))
    .filter((one) => one !== undefined)
    .sort((one, other) => one.began - other.began)[0];
  if (due === undefined) return;
  const { stream, began, next } = due;
  const log = telemetry.log.with({ stream: stream.name, direction: "push" });
  const note = (values: Record<string, string | number>) =>
    remember(invocation.deps, stream.name, "reconcile", { began, ...values });
  // The cursor says that it isn't done: whoever finds the claim old goes on from there.
  await note({ claimed: clock.wall(), next });
  try {
    const { deps, deadline } = sliceOf(invocation);
    const since = facts.of(stream.name, "since")?.at ?? 0;
    const {
      next: further,
      known,
      ...found
    } = await compareWithJournal(deps, stream, {
      prefix: "",
      since,
      after: next === "" ? undefined : next,
      dryRun: false,
      isOver: () => deadline.isClosing(),
      limit: 500,
    });
    await note(further === undefined ? {} : { next: further });
    if (found.missingCount > 0)
      log.warn(
        "Objects were found that no event told of; they are sent now. Are the bucket's events on, and the rule?",
        {
          missing: found.missingCount,
          paths: known.slice(0, 10).map(({ path }) => path),
        },
      );
    else log.info("The push was compared with its journal", { lookedAt: found.looked_at, missing: 0 });
  } catch (error) {
    log.error("The push couldn't be compared with its journal; it is tried again in a few minutes", { error });
  }
};
