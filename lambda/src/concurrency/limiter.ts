/** How much work is under way at one time. */

/** What a piece of work takes of a limiter. */
export interface Share {
  /** How much of the limiter's weight it takes; nothing unless said otherwise. */
  readonly weight?: number;
  /** Pieces at one time, where this kind of work allows fewer than the limiter. */
  readonly max?: number;
}

export interface Limiter {
  /** Pieces of work under way. */
  readonly running: number;
  /** Has a piece of work thrown? */
  readonly failed: boolean;
  /**
   * Waits its turn and for room, and begins the work; `done` is the work's own end, and may be left alone. Throws what the
   * first piece of work threw: then nothing further begins.
   */
  add(work: () => Promise<void>, share?: Share): Promise<{ readonly done: Promise<void> }>;
  /** Until one more piece of work would find room. */
  room(): Promise<void>;
  /** Until nothing is under way. Throws what the first piece of work threw. */
  all(): Promise<void>;
  /** The same without throwing. */
  idle(): Promise<void>;
}

/** At most `max` pieces of work at one time, and `maxWeight` in all, of which one alone may be heavier. */
export const createLimiter = (max: number, maxWeight = Number.POSITIVE_INFINITY): Limiter => {
  const running = new Set<Promise<void>>();
  let load = 0;
  let failure: { readonly error: unknown } | undefined;
  /** One waits at a time, so that those who came first begin first. */
  let queue: Promise<unknown> = Promise.resolve();
  let wake = () => {};

  const check = () => {
    if (failure) throw failure.error;
  };
  const untilRoom = async ({ weight = 0, max: most = max }: Share): Promise<void> => {
    while (running.size >= most || (running.size > 0 && load + weight > maxWeight))
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
  };
  const begin = (work: () => Promise<void>, weight: number): { readonly done: Promise<void> } => {
    load += weight;
    const done = (async () => work())();
    const ended = done
      .catch((error: unknown) => {
        failure ??= { error };
      })
      .finally(() => {
        running.delete(ended);
        load -= weight;
        wake();
      });
    running.add(ended);
    return { done };
  };
  const inTurn = <T>(act: () => Promise<T>): Promise<T> => {
    const turn = queue.then(act);
    queue = turn.catch(() => {});
    return turn;
  };
  const idle = async (): Promise<void> => {
    while (running.size > 0) await Promise.all(running);
  };

  return {
    get running() {
      return running.size;
    },
    get failed() {
      return failure !== undefined;
    },
    add: (work, share = {}) =>
      inTurn(async () => {
        await untilRoom(share);
        check();
        return begin(work, share.weight ?? 0);
      }),
    room: () => inTurn(() => untilRoom({})),
    async all() {
      await idle();
      check();
    },
    idle,
  };
};
