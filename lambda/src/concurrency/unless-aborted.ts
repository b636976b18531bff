import { onAbort } from "./on-abort.ts";

/** What comes of the work, unless the signal is aborted first: then why. The work goes on, and nobody has to catch it. */
export const unlessAborted = <T>(work: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    const noMore = onAbort(signal, stop);
    work.then(resolve, reject).finally(noMore);
    if (signal.aborted) stop();
  });
