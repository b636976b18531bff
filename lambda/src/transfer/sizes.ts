/** Numbers that decide how a file is moved. Tests make them small. */
export interface Sizes {
  /** Bytes of one part, and of the largest file that is put in one request. S3 wants at least 5 MiB a part. */
  readonly part: number;
  /** Files up to this many bytes aren't checkpointed with their first attempt. */
  readonly quick: number;
  /** Bytes before a checkpoint that are compared with the source: a server that restarted may have lost them. */
  readonly tail: number;
  /** Bytes of a push from one point to go on from to the next. */
  readonly mark: number;
  /** Bytes from which a transfer's pace is taken, to tell whether it will need another checkpoint at all. */
  readonly pace: number;
  /** How often a transfer records how far it came, so that a crash costs no more than that. Milliseconds. */
  readonly checkpointEvery: number;
}

const mebibyte = 1024 * 1024;

export const defaultSizes: Sizes = {
  part: 5 * mebibyte,
  quick: 8 * mebibyte,
  tail: 64 * 1024,
  mark: mebibyte,
  pace: 4 * mebibyte,
  checkpointEvery: 30_000,
};
