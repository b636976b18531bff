/** The invocation's end, and the two moments before it that matter. */
export interface Deadline {
  /** Milliseconds until the runtime kills the function. */
  remaining(): number;
  /** No file or poll is started any more. */
  isClosing(): boolean;
  /** Milliseconds until transfers have to stop and save how far they came. */
  untilStop(): number;
  /** Milliseconds until the connection is cut, whatever is still outstanding: a partner that stalls must not keep the function until it is killed. */
  untilCut(): number;
}

const second = 1000;

/** Both margins shrink with a short time-out: a function of 30 s still moves files for two thirds of it. */
export const createDeadline = (remaining: () => number): Deadline => {
  const whole = remaining();
  const stop = Math.min(15 * second, whole / 4);
  const cut = Math.min(5 * second, whole / 10);
  const closing = stop + Math.min(15 * second, whole / 12);
  return {
    remaining,
    isClosing: () => remaining() <= closing,
    untilStop: () => remaining() - stop,
    untilCut: () => remaining() - cut,
  };
};

/** The same deadline, and at the latest when `left` milliseconds are over, with the same margins before. */
export const endingWith = (deadline: Deadline, left: () => number): Deadline => {
  const own = createDeadline(left);
  return {
    remaining: () => Math.min(deadline.remaining(), own.remaining()),
    isClosing: () => deadline.isClosing() || own.isClosing(),
    untilStop: () => Math.min(deadline.untilStop(), own.untilStop()),
    untilCut: () => Math.min(deadline.untilCut(), own.untilCut()),
  };
};

/** The same deadline, with no file started after `milliseconds`; what is under way may take its time. */
export const startingWithin = (deadline: Deadline, milliseconds: number): Deadline => {
  const end = deadline.remaining() - milliseconds;
  return { ...deadline, isClosing: () => deadline.isClosing() || deadline.remaining() <= end };
};
