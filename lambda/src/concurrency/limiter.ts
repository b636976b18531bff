/** Lets whoever waits go on when something has ended. Instead of `Promise.race` over all that runs, whose cost grows with their number. */
export interface Signal {
  /** Until the next `notify`. */
  wait(): Promise<void>;
  notify(): void;
}

/** For one waiter at a time. */
export const createSignal = (): Signal => {
  let wake = () => {};
  return {
    wait: () =>
      new Promise((resolve) => {
        wake = resolve;
      }),
    notify: () => wake(),
  };
};

/** Work of which so much is under way at one time; the first failure is thrown by whoever waits next. */
export const createLimiter = (most: number) => {
  const running = new Set<Promise<void>>();
  const ended = createSignal();
  let failure: { readonly error: unknown } | undefined;
  const check = () => {
    if (failure) throw failure.error;
  };
  return {
    async add(work: () => Promise<void>): Promise<void> {
      while (running.size >= most) await ended.wait();
      check();
      const one = work()
        .catch((error: unknown) => {
          failure ??= { error };
        })
        .finally(() => {
          running.delete(one);
          ended.notify();
        });
      running.add(one);
    },
    async all(): Promise<void> {
      await Promise.all(running);
      check();
    },
  };
};
