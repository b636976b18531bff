/** What a request calls when its answer is there; the value counts if the error is null or undefined. */
export type Settle<T> = (error: Error | null | undefined, value: T) => void;

/**
 * The requests of one connection that wait for an answer. ssh2 never calls back for a request that was made after the
 * end, and an SFTP request can't be cancelled: so each one races a deadline and the connection's loss.
 */
export interface Requests {
  /** Requests without an answer. */
  readonly waiting: number;
  /** How many were sent so far. */
  readonly sent: number;
  /** Which of them, counted from 1, is the last that was answered. */
  readonly lastAnswered: number;
  /** What the one that has waited longest is about. */
  readonly oldest: string | undefined;
  /** Does one wait for an answer that is about this? */
  waitsFor(what: RegExp): boolean;
  /** Would the next one have to wait until it is sent? Then what it carries must stay as it is until then. */
  readonly full: boolean;
  /** No more than so many wait for an answer from now on; the others are sent in their order, as answers come. */
  limit(most: number): void;
  /**
   * Sends one and resolves with its answer, or rejects with its error or with the reason of `fail`. `patienceMs`: how much longer
   * than others it may take.
   */
  run<T>(what: string, send: (settle: Settle<T>) => void, patienceMs?: number): Promise<T>;
  /** Rejects all that wait, and whatever is asked from now on. */
  fail(reason: Error): void;
}

interface Waiting {
  readonly what: string;
  readonly patienceMs: number;
  /** How many were sent before it, and when it was. */
  number: number;
  sentAt: number;
  reject(reason: Error): void;
}

/** Requests that have no answer. */
export interface Overdue {
  /** The one that has waited longest, and those that were sent before that one's time began. */
  readonly all: readonly string[];
  /** Is the connection alive: are later ones answered? */
  readonly isAlive: boolean;
  readonly afterMs: number;
  /** Rejects each of them with a reason of its own. */
  reject(reasonOf: (what: string) => Error): void;
}

/**
 * Requests with a deadline in milliseconds, after which `overdue` is told which ones had no answer: it must reject them, or end
 * the connection. The clock of a request starts when all that were sent before it are answered. So a slow link with
 * many requests queued is no failure as long as it moves, and a request that is skipped for ever is one. Halfway `probe` is told, which
 * may ask something that is always answered: then it is known which of the two it is.
 */
export const createRequests = (options: {
  readonly timeoutMs: number;
  readonly overdue: (requests: Overdue) => void;
  readonly probe?: (waiting: string) => void;
  readonly now?: () => number;
}): Requests => {
  const now = options.now ?? (() => performance.now());
  const waiting = new Set<Waiting>();
  const unsent: (Waiting & { readonly go: () => void })[] = [];
  let most = Number.POSITIVE_INFINITY;
  let oldest: Waiting | undefined;
  let oldestSince = 0;
  let probed: Waiting | undefined;
  let timer: NodeJS.Timeout | undefined;
  let failure: Error | undefined;
  let sent = 0;
  let lastAnswered = 0;
  let answeredAt = 0;

  const watch = () => {
    if (oldest !== undefined) timer ??= setTimeout(check, Math.ceil(options.timeoutMs / 2));
  };
  const isPassedOver = ({ number }: Waiting): boolean => number < lastAnswered;
  const check = () => {
    timer = undefined;
    if (oldest === undefined) return;
    const allowed = options.timeoutMs + oldest.patienceMs;
    const left = oldestSince + allowed - now();
    if (left <= 0) return tellOverdue(oldest, allowed);
    const isHalfway = left <= allowed / 2;
    timer = setTimeout(check, Math.ceil(isHalfway ? left : left - allowed / 2));
    if (!isHalfway || probed === oldest || isPassedOver(oldest)) return;
    probed = oldest;
    options.probe?.(oldest.what);
  };
  const tellOverdue = (first: Waiting, afterMs: number) => {
    const isSkipped = isPassedOver(first);
    const isLate = (one: Waiting) =>
      one === first ||
      (isSkipped && isPassedOver(one) && one.sentAt <= oldestSince && one.patienceMs <= first.patienceMs);
    const late = [...waiting].filter(isLate);
    options.overdue({
      all: late.map(({ what }) => what),
      isAlive: isSkipped && ([...waiting].every(isPassedOver) || now() - answeredAt < afterMs / 2),
      afterMs,
      reject(reasonOf) {
        for (const one of late) {
          remove(one);
          one.reject(reasonOf(one.what));
        }
        // Those before it had no answer: that the next one was passed over as well says nothing of a slow link.
        if (oldest !== undefined && isPassedOver(oldest)) oldestSince = oldest.sentAt;
      },
    });
    watch();
  };

  const sendMore = () => {
    while (waiting.size < most) {
      const next = unsent.shift();
      if (next === undefined) return;
      next.go();
    }
  };

  const remove = (request: Waiting) => {
    waiting.delete(request);
    if (request === oldest) {
      oldest = waiting.values().next().value;
      oldestSince = now();
      if (oldest === undefined) {
        clearTimeout(timer);
        timer = undefined;
      }
    }
    sendMore();
  };

  return {
    get waiting() {
      return waiting.size;
    },
    get sent() {
      return sent;
    },
    get lastAnswered() {
      return lastAnswered;
    },
    get oldest() {
      return oldest?.what;
    },
    waitsFor: (what) => [...waiting].some((request) => what.test(request.what)),
    get full() {
      return waiting.size >= most || unsent.length > 0;
    },
    limit(count) {
      most = Math.max(1, count);
      sendMore();
    },
    run<T>(what: string, send: (settle: Settle<T>) => void, patienceMs = 0): Promise<T> {
      if (failure !== undefined) return Promise.reject(failure);
      return new Promise<T>((resolve, reject) => {
        const request: Waiting = { what, patienceMs, number: 0, sentAt: 0, reject };
        const go = () => {
          waiting.add(request);
          sent++;
          const number = sent;
          const sentAt = now();
          Object.assign(request, { number, sentAt });
          if (oldest === undefined) {
            oldest = request;
            oldestSince = sentAt;
            watch();
          }
          try {
            send((error, value) => {
              // An answer has a status; ssh2 gives up what waits on a channel that was closed without one.
              if (!error || "code" in error) {
                lastAnswered = Math.max(lastAnswered, number);
                answeredAt = now();
              }
              remove(request);
              if (error) reject(error);
              else resolve(value);
            });
          } catch (error) {
            remove(request);
            reject(error);
          }
        };
        if (waiting.size < most && unsent.length === 0) go();
        else unsent.push(Object.assign(request, { go }));
      });
    },
    fail(reason) {
      if (failure !== undefined) return;
      failure = reason;
      clearTimeout(timer);
      oldest = undefined;
      const rejected = [...waiting, ...unsent];
      waiting.clear();
      unsent.length = 0;
      for (const request of rejected) request.reject(reason);
    },
  };
};
