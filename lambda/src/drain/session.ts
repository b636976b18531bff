/** A lease and the one connection that it allows: renewed while in use, cut when it can't be renewed, ended with nothing left over. */
import type { Clock } from "../clock.ts";
import { contain } from "../concurrency/contain.ts";
import { cutAfter, type Lease, LeaseLost, leaseTtl, renewEvery, renewWithin } from "../journal/lease.ts";
import { RemoteError } from "../sftp/errors.ts";
import type { Remote } from "../sftp/remote.ts";
import type { Log } from "../telemetry/types.ts";
import { OutOfTime } from "../transfer/errors.ts";
import type { Deadline } from "./deadline.ts";

export interface Session {
  /** Aborts transfers: OutOfTime, LeaseLost, or the reason for which the connection was lost. */
  readonly signal: AbortSignal;
  open(connect: (signal: AbortSignal) => Promise<Remote>): Promise<Remote>;
  /** Does the session's work. An error in it that nobody waits for ends this session, and nobody else's. */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** Reads which wake-ups have come since; a lease that is gone ends the session. */
  refresh(): Promise<void>;
  /** Ends transfers and connection at once. */
  cut(reason: Error): void;
  /** Why the connection was lost; undefined if it wasn't, or if we cut it ourselves. */
  lostConnection(): unknown;
  /** Closes the connection; nothing is outstanding afterwards. */
  end(): Promise<void>;
}

/** Calls `act` every so many milliseconds until the function that it returns is called. */
export type Every = (milliseconds: number, act: () => void) => () => void;

export const everyInterval: Every = (milliseconds, act) => {
  const timer = setInterval(act, milliseconds);
  return () => clearInterval(timer);
};

interface SessionDeps {
  readonly telemetry: { readonly log: Log };
  readonly clock: Clock;
  readonly every?: Every | undefined;
}

/** Milliseconds. */
const checkEvery = 500;
/** How long work may take to end once its connection was dropped for an error that nobody waits for. Milliseconds. */
const stuckAfter = 5_000;

export const holdSession = (
  lease: Lease,
  deadline: Deadline,
  { telemetry, clock, every = everyInterval }: SessionDeps,
): Session => {
  const stop = new AbortController();
  let remote: Remote | undefined;
  let renewal: AbortController | undefined;
  let lastTry = clock.steady();

  const cut = (reason: Error) => {
    stop.abort(reason);
    remote?.destroy(reason);
  };

  /** Leaves a renewal that has no answer yet to itself: its request ends by itself, and a later one is as good. */
  const leave = () => {
    renewal?.abort();
    renewal = undefined;
  };

  const renew = async () => {
    leave();
    lastTry = clock.steady();
    const mine = new AbortController();
    renewal = mine;
    try {
      await lease.renew(mine.signal);
    } catch (error) {
      if (mine.signal.aborted) return;
      if (error instanceof LeaseLost) cut(error);
      else telemetry.log.warn("A lease couldn't be renewed; it is tried again", { partner: lease.partner, error });
    } finally {
      if (renewal === mine) renewal = undefined;
    }
  };

  const outOfTime = () => new OutOfTime("The function's time is nearly up");

  const stopChecking = every(checkEvery, () => {
    if (stop.signal.aborted && !(stop.signal.reason instanceof OutOfTime)) return;
    if (lease.remaining() < leaseTtl - cutAfter) {
      cut(new LeaseLost(`The lease of ${lease.partner} couldn't be renewed for ${cutAfter / 1000} s`));
      return;
    }
    if (deadline.untilCut() <= 0) {
      cut(outOfTime());
      return;
    }
    if (deadline.untilStop() <= 0) stop.abort(outOfTime());
    const since = clock.steady() - lastTry;
    if (renewal !== undefined && since >= renewWithin) {
      telemetry.log.warn(`A lease's renewal has no answer for ${renewWithin / 1000} s; another one is sent`, {
        partner: lease.partner,
      });
      void renew();
    } else if (since >= renewEvery) void renew();
  });

  const stuck = Promise.withResolvers<never>();
  stuck.promise.catch(() => {});
  /** Something of this session went wrong where nobody waits for it: what it was to tell somebody may never be told. */
  const contained = (error: Error) => {
    const reason = new RemoteError(
      "lost",
      `${lease.partner}: the connection was dropped, since something failed that nothing waits for: ${error.message}. That is a fault of the bridge which this partner's server brings out: report it, with the error's stack.`,
      { cause: error },
    );
    telemetry.log.error("Something failed that nothing waits for; the partner's connection was dropped", {
      partner: lease.partner,
      error,
    });
    cut(reason);
    setTimeout(() => stuck.reject(reason), stuckAfter).unref();
  };

  return {
    signal: stop.signal,
    run: (work) => Promise.race([contain(contained, work), stuck.promise]),
    async open(connect) {
      // A signal of its own: a connection that is open has to outlive the stop, to save how far its transfers came.
      const opening = new AbortController();
      const giveUp = () => opening.abort(stop.signal.reason);
      stop.signal.addEventListener("abort", giveUp, { once: true });
      try {
        remote = await connect(opening.signal);
      } finally {
        stop.signal.removeEventListener("abort", giveUp);
      }
      remote.lost.addEventListener("abort", () => stop.abort(remote?.lost.reason), { once: true });
      if (remote.lost.aborted) stop.abort(remote.lost.reason);
      return remote;
    },
    cut,
    async refresh() {
      try {
        await lease.refresh();
      } catch (error) {
        if (!(error instanceof LeaseLost)) throw error;
        cut(error);
      }
    },
    lostConnection: () =>
      remote?.lost.aborted && !(stop.signal.reason instanceof LeaseLost) && !(stop.signal.reason instanceof OutOfTime)
        ? remote.lost.reason
        : undefined,
    async end() {
      stopChecking();
      leave();
      await remote?.close();
    },
  };
};
