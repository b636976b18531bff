import type { DeadLetters } from "./aws/dead-letters.ts";
import type { Postpone } from "./aws/postpone.ts";
import { sideBySide } from "./concurrency/for-each.ts";
import { partnersOf } from "./config/partners.ts";
import type { Direction } from "./config/types.ts";
import type { Deadline } from "./drain/deadline.ts";
import { createDeadline } from "./drain/deadline.ts";
import type { DrainDeps } from "./drain/deps.ts";
import { drain } from "./drain/drain.ts";
import type { HealthAhead } from "./drain/health-ahead.ts";
import type { Outbox } from "./events/outbox.ts";
import type { Entry } from "./journal/entry.ts";

/**
 * What ticks have published, and have to publish as 0 once it is over, so that alarms end with it. Kept from one invocation to
 * the next.
 */
export interface Reported {
  /** Sides of streams with their ages, by their key in the index. */
  readonly sides: Map<string, { readonly stream: string; readonly direction: Direction }>;
  /** What was left at a partner: stream and reason. */
  readonly left: Set<string>;
}

export const nothingReported = (): Reported => ({ sides: new Map(), left: new Set() });

/** What every action of one invocation works with. */
export interface Invocation {
  readonly deps: DrainDeps;
  readonly deadline: Deadline;
  readonly deadLetters: DeadLetters;
  /** Has messages of the events' queue come back soon. */
  readonly postpone: Postpone;
  readonly reported: Reported;
  /** Sends events of files that end; absent where nobody wants any. */
  readonly outbox?: Outbox | undefined;
  /** Addresses of a host name. Throws what node:dns throws. */
  readonly resolve: (host: string) => Promise<readonly string[]>;
  /** Starts an invocation of this function for partners: their IDs, at most `partnersAtOnce`. Throws InvocationNotStarted. */
  readonly startDrain: (partnerIds: readonly string[]) => Promise<void>;
}

/** Partners drained at one time in one invocation: each has a connection, and all share the memory. */
export const partnersAtOnce = 8;

/**
 * Drains the given partners side by side; one that fails stops nobody else. What can't be drained now is in the journal, so
 * failures are logged, and not thrown. One over which a process died goes on in an invocation of its own; where none can be
 * started, when all others are done. `shared`: the invocation has other work than these partners. `health`: what was read of them already.
 */
export const drainAll = async (
  { deps, deadline, startDrain }: Invocation,
  partnerIds: Iterable<string>,
  hints: readonly Entry[] = [],
  { shared = false, health }: { readonly shared?: boolean; readonly health?: HealthAhead } = {},
): Promise<void> => {
  const partners = partnersOf(deps.config);
  const { log } = deps.telemetry;
  const ids = new Set(partnerIds);
  const suspects: string[] = [];

  const drainOne = async (id: string, isShared: boolean): Promise<void> => {
    const partner = partners.get(id);
    if (!partner) return;
    try {
      const own = hints.filter((entry) => entry.partner === id);
      const result = await drain(deps, partner, { hints: own, deadline, shared: isShared, health });
      log.debug("Drained", { partner: id, ...result });
      if (result.result === "suspect") await startAlone(id);
    } catch (error) {
      log.error("A partner couldn't be drained; what is due stays in the journal, and the next tick tries again", {
        partner: id,
        error,
      });
    }
  };
  const startAlone = async (id: string): Promise<void> => {
    try {
      await startDrain([id]);
    } catch (error) {
      suspects.push(id);
      log.warn(
        "An invocation for one partner alone couldn't be started; it has its turn here when the others are done",
        {
          partner: id,
          error,
        },
      );
    }
  };

  await sideBySide(partnersAtOnce, ids, (id) => drainOne(id, shared || ids.size > 1));
  for (const id of suspects) await drainOne(id, false);
};

/** Milliseconds. */
const sliceTime = 45_000;

/** The same invocation with a deadline no later than the slice's end. */
export const sliceOf = (invocation: Invocation): Invocation => {
  const { deps, deadline } = invocation;
  const end = deps.clock.steady() + sliceTime;
  return { ...invocation, deadline: createDeadline(() => Math.min(deadline.remaining(), end - deps.clock.steady())) };
};
