/** Further connections of a drain, for what is too much for one: each under a lease of its own, none ever waited for. */

import type { Partner } from "../config/partners.ts";
import { acquireLease, type Lease } from "../journal/lease.ts";
import type { Remote } from "../sftp/remote.ts";
import type { Deadline } from "./deadline.ts";
import type { DrainDeps } from "./deps.ts";
import { howMany } from "./how-many.ts";
import { idleProcessor, usedTime } from "./idle-processor.ts";
import { holdSession, type Session } from "./session.ts";

export interface ExtraConnections {
  /** Wake-ups at these connections' slots: as good as those at the drain's own. */
  readonly wakeUps: number;
  /** The connections that there are. */
  readonly remotes: readonly Remote[];
  /** Calls `join` with each connection, now or when it is made; takes free slots, as many as pay, if so many bytes are worth it. */
  recruit(bytes: number, join: (connection: Remote) => void): void;
  /** Reads which wake-ups have come since. */
  refresh(): Promise<void>;
  /** Ends the connections at once: the drain's own lease is gone, under which the files are moved. */
  cut(reason: Error): void;
  /** Closes the connections and gives their slots back. Files have to be done with them. */
  dismiss(): Promise<void>;
}

/** Bytes that take longer than a connection takes to be made. */
const worthIt = 32 * 1024 * 1024;

interface ExtraConnection {
  readonly lease: Lease;
  readonly session: Session;
  readonly remote: Remote;
}

/** Files at one time that hear of a connection when it is made. */
const mostWaiting = 600;

/** Partners whose server refused one more connection than it is said to allow, and until when it isn't asked again. */
const refused = new Map<string, number>();
const askAgainAfter = 600_000;
/** Partners that refused one: the next time one is tried before the others, since each that is refused may count as a failed log-in there. */
const wary = new Set<string>();
/** How long slots that somebody else holds aren't tried again. Milliseconds. */
const tryAgainAfter = 5_000;

/**
 * The extra of a drain that holds a lease and a connection already. Slots are tried and never waited for, without a ring:
 * whoever holds them has work of its own. What goes wrong with a connection is told and otherwise of no consequence: files move
 * over the connections that there are. `roundTripMs`: the partner's, as far as it is known by then.
 */
export const holdExtraConnections = (
  deps: DrainDeps,
  partner: Partner,
  deadline: Deadline,
  roundTripMs: () => number | undefined,
): ExtraConnections => {
  const { clock, telemetry, every, processorTime: used = usedTime } = deps;
  const { maxConnections } = partner;
  const { cores = 1 } = deps.sizes ?? {};
  /** Undefined where there is a core and more: then all connections are made at once. */
  const processor = cores < 1 ? idleProcessor({ clock, used, cores, every }) : undefined;
  const extra = new Set<ExtraConnection>();
  /** Files that want to know of the connections that are being made. */
  let waiting: ((connection: Remote) => void)[] = [];
  let filling: Promise<void> | undefined;
  /** Until the processor was idle, and then all connections are made. */
  let looking: Promise<void> | undefined;
  let dismissed = false;
  let leaving = new AbortController();
  let notBefore = 0;
  /** Of slots that were given back. */
  let earlierWakeUps = 0;

  /** Wake-ups until the slot is free are known by then, and the drain will look again. */
  const leave = async ({ lease, session }: Omit<ExtraConnection, "remote">): Promise<void> => {
    await session.end();
    try {
      for (let turn = 0; turn < 10; turn++) if (await lease.release(lease.wakeUps)) return;
      await lease.abandon();
    } catch (error) {
      telemetry.log.warn("A slot couldn't be given back; it lapses by itself", { partner: partner.id, error });
    } finally {
      earlierWakeUps += lease.wakeUps;
    }
  };

  /** Makes one more connection; false if there is no slot, or the server has none. */
  const add = async (): Promise<boolean> => {
    const lease = await acquireLease(deps, partner.id, partner.maxConnections, { wake: false });
    if (!lease) return false;
    const session = holdSession(lease, deadline, deps);
    try {
      const remote = await session.open((signal) => deps.connect(partner, signal));
      const connection = { lease, session, remote };
      if (dismissed) {
        await leave(connection);
        return false;
      }
      extra.add(connection);
      wary.delete(partner.id);
      for (const join of waiting) join(remote);
      return true;
    } catch (error) {
      refused.set(partner.id, clock.steady() + askAgainAfter);
      wary.add(partner.id);
      telemetry.log.info(
        `Only ${extra.size + 1} of ${partner.maxConnections} connections could be made; large files move over these`,
        { partner: partner.id, error },
      );
      await leave({ lease, session });
      return false;
    }
  };

  /** Makes connections until there are so many, the drain's own among them. */
  const fill = async (wanted: number): Promise<void> => {
    const missing = () => wanted - 1 - extra.size;
    if (missing() <= 0) return;
    const made = wary.has(partner.id) ? [await add()] : [];
    if (!made.includes(false) && !dismissed && !deadline.isClosing())
      made.push(...(await Promise.all(Array.from({ length: missing() }, add))));
    if (made.includes(false)) notBefore = clock.steady() + tryAgainAfter;
  };

  const mayMake = (): boolean =>
    !dismissed &&
    !deadline.isClosing() &&
    extra.size + 1 < maxConnections &&
    Math.max(refused.get(partner.id) ?? 0, notBefore) <= clock.steady();
  const isMaking = () => filling !== undefined || looking !== undefined;
  /** A table that doesn't answer is noticed by the drain itself. */
  const quietly = (work: Promise<void>): Promise<void> =>
    work.catch((error: unknown) => telemetry.log.debug("No further connections", { partner: partner.id, error }));
  const fillNow = (wanted: number): Promise<void> => {
    filling = quietly(fill(wanted)).then(() => {
      filling = undefined;
      if (mayMake()) look();
      if (!isMaking()) waiting = [];
    });
    return filling;
  };
  const look = (): void => {
    looking ??= processor?.untilIdle(leaving.signal).then(async (isIdle) => {
      await filling;
      looking = undefined;
      if (isIdle && mayMake()) await fillNow(maxConnections);
      if (!isMaking()) waiting = [];
    });
  };

  const forgetLost = async () => {
    for (const connection of extra) {
      if (!connection.remote.lost.aborted) continue;
      extra.delete(connection);
      await leave(connection);
    }
  };

  const live = () => [...extra].flatMap(({ remote }) => (remote.lost.aborted ? [] : [remote]));

  return {
    get remotes() {
      return live();
    },
    get wakeUps() {
      return [...extra].reduce((sum, { lease }) => sum + lease.wakeUps, earlierWakeUps);
    },
    recruit(bytes, join) {
      for (const remote of live()) join(remote);
      // Where that takes long, files that are done needn't hear of it.
      if (isMaking()) waiting = [...waiting.slice(-mostWaiting), join];
      if (bytes < worthIt || filling !== undefined || !mayMake()) return;
      if (!isMaking()) waiting = [join];
      const paying = processor === undefined ? maxConnections : Math.min(maxConnections, howMany(cores, roundTripMs()));
      if (extra.size + 1 < paying) void fillNow(paying);
      else look();
    },
    async refresh() {
      await forgetLost();
      for (const { session } of extra) await session.refresh();
    },
    cut(reason) {
      for (const { session } of extra) session.cut(reason);
    },
    async dismiss() {
      dismissed = true;
      // Nobody else listens; an abort makes an error with its stack, in each drain.
      if (isMaking()) leaving.abort();
      while (isMaking()) await (filling ?? looking);
      const ended = [...extra];
      extra.clear();
      await Promise.all(ended.map(leave));
      leaving = new AbortController();
      dismissed = false;
    },
  };
};
