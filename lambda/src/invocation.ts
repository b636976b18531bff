import type { DeadLetters } from "./aws/dead-letters.ts";
import type { Postpone } from "./aws/postpone.ts";
import { sideBySide } from "./concurrency/for-each.ts";
import { partnersOf } from "./config/partners.ts";
import type { Deadline } from "./drain/deadline.ts";
import { createDeadline } from "./drain/deadline.ts";
import type { DrainDeps } from "./drain/deps.ts";
import { drain } from "./drain/drain.ts";
import type { Entry } from "./journal/entry.ts";

/** What every action of one invocation works with. */
export interface Invocation {
  readonly deps: DrainDeps;
  readonly deadline: Deadline;
  readonly deadLetters: DeadLetters;
  /** Has messages of the events' queue come back soon. */
  readonly postpone: Postpone;
  /** Sides of streams (`push#acme`) whose ages the tick has published: kept from one invocation to the next. */
  readonly reported: Set<string>;
  /** Addresses of a host name. Throws what node:dns throws. */
  readonly resolve: (host: string) => Promise<readonly string[]>;
  /** Starts an invocation of this function for partners: their IDs, at most `partnersAtOnce`. Throws InvocationNotStarted. */
  readonly startDrain: (partnerIds: readonly string[]) => Promise<void>;
}

/** Partners drained at one time in one invocation: each has a connection, and all share the memory. */
export const partnersAtOnce = 8;

/**
 * Drains the given partners side by side; one that fails stops nobody else. What can't be drained now is in the journal, so
 * failures are logged, and not thrown.
 */
export const drainAll = async (
  { deps, deadline }: Invocation,
  partnerIds: Iterable<string>,
  hints: readonly Entry[] = [],
): Promise<void> => {
  const partners = partnersOf(deps.config);
  const { log } = deps.telemetry;
  await sideBySide(partnersAtOnce, new Set(partnerIds), async (id) => {
    const partner = partners.get(id);
    if (!partner) return;
    try {
      const result = await drain(deps, partner, { hints: hints.filter((entry) => entry.partner === id), deadline });
      log.debug("Drained", { partner: id, ...result });
    } catch (error) {
      log.error("A partner couldn't be drained; what is due stays in the journal, and the next tick tries again", {
        partner: id,
        error,
      });
    }
  });
};

/** Milliseconds. */
const sliceTime = 45_000;

/** The same invocation with a deadline no later than the slice's end. */
export const sliceOf = (invocation: Invocation): Invocation => {
  const { deps, deadline } = invocation;
  const end = deps.clock.steady() + sliceTime;
  return { ...invocation, deadline: createDeadline(() => Math.min(deadline.remaining(), end - deps.clock.steady())) };
};
