/** What a stream with nothing in flight may take although the budget is spent. Bytes. */
export const guaranteedBytes = 32 * 1024;

/**
 * The one place that caps what is in flight over a connection: bytes asked for and not yet handed on, bytes sent and
 * not yet acknowledged. First come, first served.
 */
export interface Budget {
  readonly total: number;
  readonly taken: number;
  /** What one of the streams that share the budget may have in flight. */
  readonly share: number;
  /** Allows as much as this, if that is more. */
  grow(total: number): void;
  /** Counts one more stream in; call what is returned once when it ends. */
  enter(): () => void;
  /** Takes this much at once or, while others wait or it isn't there, later. Rejects with the reason of `fail`. */
  take(amount: number): Promise<void> | undefined;
  /** Takes this much if it is there and nobody waits. */
  tryTake(amount: number): boolean;
  /** Takes this much whether it is there or not: for a stream that has nothing in flight, so that none can starve. */
  force(amount: number): void;
  give(amount: number): void;
  /** Rejects whoever waits, now and later. */
  fail(reason: Error): void;
}

interface Waiter {
  readonly amount: number;
  resolve(): void;
  reject(reason: Error): void;
}

/** A budget of so many units (bytes, or open handles). Whoever asks for more than the whole gets it once all else is back. */
export const createBudget = (initial: number): Budget => {
  const waiters: Waiter[] = [];
  let total = initial;
  let taken = 0;
  let streams = 0;
  let failure: Error | undefined;

  const fits = (amount: number) => taken === 0 || taken + amount <= total;

  const serve = () => {
    for (let next = waiters[0]; next !== undefined && fits(next.amount); next = waiters[0]) {
      taken += next.amount;
      waiters.shift();
      next.resolve();
    }
  };

  return {
    get total() {
      return total;
    },
    get taken() {
      return taken;
    },
    get share() {
      return total / Math.max(1, streams);
    },
    enter() {
      streams += 1;
      return () => {
        streams -= 1;
      };
    },
    take(amount) {
      if (failure !== undefined) return Promise.reject(failure);
      if (waiters.length === 0 && fits(amount)) {
        taken += amount;
        return undefined;
      }
      return new Promise<void>((resolve, reject) => waiters.push({ amount, resolve, reject }));
    },
    tryTake(amount) {
      if (failure !== undefined || waiters.length > 0 || !fits(amount)) return false;
      taken += amount;
      return true;
    },
    force(amount) {
      taken += amount;
    },
    give(amount) {
      taken -= amount;
      serve();
    },
    grow(more) {
      total = Math.max(total, more);
      serve();
    },
    fail(reason) {
      failure ??= reason;
      for (const waiter of waiters.splice(0)) waiter.reject(failure);
    },
  };
};
