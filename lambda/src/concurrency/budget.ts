/** What a stream with nothing in flight may take although the budget is spent. Bytes. */
export const guaranteedBytes = 32 * 1024;

/** A stream of so many bytes counts as a whole one: hundreds of little files leave a large one its share. */
const streamBytes = 4 * 1024 * 1024;

/**
 * The one place that caps what is in flight: bytes asked for and not yet handed on, bytes sent and not yet acknowledged. First
 * come, first served. A connection's is a part of one that all connections share.
 */
export interface Budget {
  readonly total: number;
  readonly taken: number;
  /** What one of the streams that share the budget may have in flight. */
  readonly share: number;
  /** Allows as much as this, if that is more. */
  grow(total: number): void;
  /** Allows so much, be it more or less; what is taken stays taken. */
  resize(total: number): void;
  /** Counts one more stream in, a little one as a part of one; call what is returned once when it ends. */
  enter(bytes: number): () => void;
  /** Takes this much at once or, while others wait or it isn't there, later. Rejects with the reason of `fail`. */
  take(amount: number): Promise<void> | undefined;
  /** Takes this much if it is there and nobody waits. */
  tryTake(amount: number): boolean;
  /** Takes this much whether it is there or not: for a stream that has nothing in flight, so that none can starve. */
  force(amount: number): void;
  give(amount: number): void;
  /** Calls this after every `give`, until what is returned is called. */
  onRelease(look: () => void): () => void;
  /** Rejects whoever waits, now and later. */
  fail(reason: Error): void;
}

interface Waiter {
  readonly amount: number;
  resolve(): void;
  reject(reason: Error): void;
}

/**
 * A budget of so many units (bytes, or open handles). Whoever asks for more than the whole gets it once all else is back. What is
 * taken from it is taken from `whole` as well.
 */
export const createBudget = (initial: number, whole?: Budget): Budget => {
  const waiters: Waiter[] = [];
  const looks = new Set<() => void>();
  let total = initial;
  let taken = 0;
  let streams = 0;
  let failure: Error | undefined;

  /** Takes it if it is there. */
  const grab = (amount: number): boolean => {
    if ((taken > 0 && taken + amount > total) || whole?.tryTake(amount) === false) return false;
    taken += amount;
    return true;
  };

  /** Stops hearing of what others give back to the whole; it is listened to while somebody waits. */
  let deaf: (() => void) | undefined;
  const serve = () => {
    for (let next = waiters[0]; next !== undefined && grab(next.amount); next = waiters[0]) {
      waiters.shift();
      next.resolve();
    }
    if (waiters.length > 0) deaf ??= whole?.onRelease(serve);
    else quieten();
  };
  const quieten = () => {
    deaf?.();
    deaf = undefined;
  };

  return {
    get total() {
      return total;
    },
    get taken() {
      return taken;
    },
    get share() {
      return Math.min(total / Math.max(1, streams), whole?.share ?? total);
    },
    enter(bytes) {
      const part = Math.min(1, bytes / streamBytes);
      streams += part;
      const leave = whole?.enter(bytes);
      return () => {
        streams -= part;
        leave?.();
      };
    },
    take(amount) {
      if (failure !== undefined) return Promise.reject(failure);
      if (waiters.length === 0 && grab(amount)) return undefined;
      return new Promise<void>((resolve, reject) => {
        waiters.push({ amount, resolve, reject });
        deaf ??= whole?.onRelease(serve);
      });
    },
    tryTake: (amount) => failure === undefined && waiters.length === 0 && grab(amount),
    force(amount) {
      taken += amount;
      whole?.force(amount);
    },
    give(amount) {
      taken -= amount;
      whole?.give(amount);
      serve();
      for (const look of [...looks]) look();
    },
    onRelease(look) {
      looks.add(look);
      return () => looks.delete(look);
    },
    grow(more) {
      total = Math.max(total, more);
      serve();
    },
    resize(given) {
      total = given;
      serve();
    },
    fail(reason) {
      failure ??= reason;
      for (const waiter of waiters.splice(0)) waiter.reject(failure);
      quieten();
    },
  };
};
