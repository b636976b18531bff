/** Two clocks of this machine: neither is trusted alone. */

export interface Clock {
  /** Milliseconds since the epoch. */
  wall(): number;
  /** Milliseconds that never go back. */
  steady(): number;
}

/** A moment by both clocks of this machine. */
export interface Mark {
  readonly wall: number;
  readonly steady: number;
}

export const mark = (clock: Clock): Mark => ({ wall: clock.wall(), steady: clock.steady() });

/** Milliseconds since a mark, by the slower and by the faster clock: one may have stood still or been set. */
export const elapsed = (clock: Clock, since: Mark) => ({
  least: Math.min(clock.wall() - since.wall, clock.steady() - since.steady),
  most: Math.max(clock.wall() - since.wall, clock.steady() - since.steady),
});
