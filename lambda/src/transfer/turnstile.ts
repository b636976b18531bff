/** Lets whoever waits go on when something has ended. Instead of `Promise.race` over all that runs, whose cost grows with their number. */
export interface Turnstile {
  /** Until the next `turn`. */
  wait(): Promise<void>;
  turn(): void;
}

/** For one waiter at a time. */
export const createTurnstile = (): Turnstile => {
  let wake = () => {};
  return {
    wait: () =>
      new Promise((resolve) => {
        wake = resolve;
      }),
    turn: () => wake(),
  };
};
