/**
 * Errors that nobody waits for (a rejection without a handler, an exception in a callback of a library) end the work that
 * they come from, and not the process with everybody else's. Each partner's work has an async context of its own; Node runs
 * the handlers of both events in the context of what went wrong (AsyncLocalStorage, node:async_hooks).
 */
import { AsyncLocalStorage } from "node:async_hooks";

interface Contained {
  /** Ends the work. Told once or more. */
  readonly end: (error: Error) => void;
}

const contained = new AsyncLocalStorage<Contained>();

/** Runs some work; an error in it that nobody waits for is given to `end`, once `takeOverUncaught` was called. */
export const contain = <T>(end: (error: Error) => void, work: () => Promise<T>): Promise<T> =>
  contained.run({ end }, work);

/** What was thrown, or given as the reason of an abort, as an error. */
export const asError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(String(reason)));

type Listener = (reason: unknown, origin: unknown) => void;

/**
 * From here on, both kinds of errors go to the work that they come from. Those of no contained work go to who listened
 * before: Lambda's runtime reports them and ends the process, whose listeners would otherwise do that to all.
 * https://github.com/aws/aws-lambda-nodejs-runtime-interface-client/blob/main/src/index.mjs
 */
export const takeOverUncaught = (): void => {
  for (const event of ["uncaughtException", "unhandledRejection"] as const) {
    const before = process.listeners(event as "uncaughtException") as Listener[];
    process.removeAllListeners(event);
    const listener: Listener = (reason, origin) => {
      const work = contained.getStore();
      if (work !== undefined) return work.end(asError(reason));
      // Outside of an event of the process this is an exception, and nobody is left to hear it: it ends the process.
      if (before.length === 0) throw reason;
      for (const listen of before) listen(reason, origin);
    };
    process.on(event as "uncaughtException", listener as (error: Error) => void);
  }
};
