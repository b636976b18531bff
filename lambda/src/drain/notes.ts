/** What a drain writes beside its work, one after the other: each that is under way has a connection to the journal, and its handshake. */
export interface Notes {
  /** Writes it behind those before it, whatever became of these. */
  add(write: () => Promise<void>): Promise<void>;
  /** Until all are written. Never throws. */
  all(): Promise<void>;
}

export const createNotes = (): Notes => {
  let last: Promise<void> = Promise.resolve();
  return {
    add(write) {
      const written = last.then(write);
      last = written.catch(() => {});
      return written;
    },
    all: () => last,
  };
};
