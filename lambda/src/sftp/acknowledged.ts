/** How far a file is acknowledged, where answers come in any order. */
export interface Acknowledged {
  /** Bytes from the start of the file without a hole. */
  readonly bytes: number;
  /** The bytes from `start` to `end` are acknowledged. */
  add(start: number, end: number): void;
}

/** The bytes before `offset` are there already. */
export const createAcknowledged = (offset: number): Acknowledged => {
  /** Ends of what was acknowledged behind a gap, by their start. */
  const islands = new Map<number, number>();
  let bytes = offset;
  return {
    get bytes() {
      return bytes;
    },
    add(start, end) {
      islands.set(start, end);
      for (let next = islands.get(bytes); next !== undefined; next = islands.get(bytes)) {
        islands.delete(bytes);
        bytes = next;
      }
    },
  };
};
