/**
 * Is there processor left? Below one core (512 MB have 0.29 of one) a large file is mostly bound by it, and each further connection
 * costs packets and answers of its own: then several carry less than one. Where the round trip or the server is what
 * bounds, the processor is idle, and further connections pay.
 */
import type { Clock } from "../clock.ts";
import { type Every, everyInterval } from "./session.ts";

/** How long the processor is looked at. Milliseconds. */
const span = 2_000;
/** So often in a row it has to be idle: while connections are made, and TCP starts slowly, it always is. */
const idleLooks = 3;
/** From this part of it on it is busy. */
const busyFrom = 0.75;

export interface IdleProcessor {
  /** Until the processor was idle for a while: true; false once `signal` is aborted. */
  untilIdle(signal: AbortSignal): Promise<boolean>;
}

/** `used`: milliseconds of a processor that this process has used, of which it has `cores`. */
export const idleProcessor = ({
  clock,
  used,
  cores,
  every = everyInterval,
}: {
  readonly clock: Clock;
  readonly used: () => number;
  readonly cores: number;
  readonly every?: Every | undefined;
}): IdleProcessor => {
  const look = (): (() => boolean) => {
    const [since, before] = [clock.steady(), used()];
    return () => used() - before < busyFrom * cores * (clock.steady() - since);
  };
  return {
    untilIdle: (signal) =>
      new Promise((resolve) => {
        let wasIdle = look();
        let inRow = 0;
        const end = (isIdle: boolean) => {
          endLooking();
          signal.removeEventListener("abort", stop);
          resolve(isIdle);
        };
        const stop = () => end(false);
        const endLooking = every(span, () => {
          inRow = wasIdle() ? inRow + 1 : 0;
          if (inRow >= idleLooks) end(true);
          else wasIdle = look();
        });
        signal.addEventListener("abort", stop, { once: true });
        if (signal.aborted) stop();
      }),
  };
};

/**
 * Milliseconds of a processor that this process has used. The event loop's own account doesn't tell: once the share is used up, what
 * comes is waited for until there is more, which counts as idle.
 */
export const usedTime = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};
