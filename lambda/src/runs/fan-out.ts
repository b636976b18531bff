/** More partners than one invocation drains at one time: a tick starts further invocations for them. */

import { chunksOf } from "../concurrency/chunks.ts";
import { sideBySide } from "../concurrency/for-each.ts";
import { partnersOf } from "../config/partners.ts";
import { type Invocation, partnersAtOnce } from "../invocation.ts";
import { availabilityOf } from "../journal/availability.ts";

/** Invocations that one tick starts: with its own partners enough for 1,608. Those of 1,000 partners are 124. */
export const maxStarted = 200;
/** Requests to Lambda at one time. */
export const requestsAtOnce = 8;

/**
 * Starts invocations for the partners that fell due at these times, the oldest first, and returns those that are left to
 * this invocation. Those that pause cost nobody anything. Those whose connections are taken only get a wake-up, which takes this
 * one no time. What is beyond the most that one tick starts is due with the next, the oldest by then. Where Lambda doesn't
 * take an event, all are left to this invocation: then it takes longer, and nothing is lost.
 */
export const handOut = async (
  { deps, startDrain }: Invocation,
  due: ReadonlyMap<string, number>,
): Promise<readonly string[]> => {
  const { log } = deps.telemetry;
  const partners = partnersOf(deps.config);
  const oldestFirst = [...due].sort(([, one], [, other]) => one - other).map(([id]) => id);
  if (oldestFirst.length <= partnersAtOnce) return oldestFirst;

  const availability = await availabilityOf(
    deps,
    oldestFirst.flatMap((id) => partners.get(id) ?? []),
  );
  const those = (wanted: string) => oldestFirst.filter((id) => availability.get(id) === wanted);
  const [held, free] = [those("held"), those("free")];
  // First those that get a wake-up: a holder that is about to leave has to hear it before it has.
  const own = [...held, ...free.slice(0, partnersAtOnce)];
  const groups = chunksOf(free.slice(partnersAtOnce), partnersAtOnce);
  if (groups.length === 0) return own;

  const beyond = groups.slice(maxStarted).flat();
  const left: string[] = [];
  let started = 0;
  let failure: unknown;
  await sideBySide(requestsAtOnce, groups.slice(0, maxStarted), async (group) => {
    if (failure === undefined) {
      try {
        await startDrain(group);
        started++;
        return;
      } catch (error) {
        failure ??= error;
      }
    }
    left.push(...group);
  });

  const counts = { due: due.size, started, own: own.length };
  if (failure !== undefined) {
    log.warn(
      "Further invocations couldn't be started for all partners that are due; this one drains them, which takes longer",
      { ...counts, left: left.length + beyond.length, error: failure },
    );
    return [...own, ...left, ...beyond];
  }
  log.info("Started further invocations for partners that are due", counts);
  if (beyond.length > 0)
    log.warn("More partners are due than one tick starts invocations for; the next tick goes on with them", {
      ...counts,
      left: beyond.length,
    });
  return own;
};
