import { keptBy } from "../kept-by.ts";

/** What is to be done when a signal is aborted. One listener for all: Node looks through those that are there for each further one. */
const waitingFor = keptBy((signal: AbortSignal) => {
  const acts = new Set<() => void>();
  signal.addEventListener(
    "abort",
    () => {
      for (const act of acts) act();
    },
    { once: true },
  );
  return acts;
});

/** Has `act` called when the signal is aborted, once, unless what is returned is called first. Of one that is aborted already nothing comes. */
export const onAbort = (signal: AbortSignal, act: () => void): (() => void) => {
  const acts = waitingFor(signal);
  acts.add(act);
  return () => void acts.delete(act);
};
