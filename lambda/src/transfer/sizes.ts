/** Numbers that decide how a file is moved. Tests make them small. */
export interface Sizes {
  /** Bytes of one part, and of the largest file that is put in one request. S3 wants at least 5 MiB a part. */
  readonly part: number;
  /** Bytes of the largest part, of which a very large file has one in memory at a time. It bounds the size of a file. */
  readonly maxPart: number;
  /** Files up to this many bytes aren't checkpointed with their first attempt. */
  readonly quick: number;
  /** Bytes before a checkpoint that are compared with the source: a server that restarted may have lost them. */
  readonly tail: number;
  /** How often a transfer records how far it came, so that a crash costs no more than that. Milliseconds. */
  readonly checkpointEvery: number;
  /** Processors that the function has, 1 at the most, since what reckons does so on one; 1 unless said otherwise. */
  readonly cores?: number;
}

const mebibyte = 1024 * 1024;

/** An eighth of what a function has by default. */
const maxPart = 64 * mebibyte;

export const defaultSizes: Sizes = {
  part: 5 * mebibyte,
  maxPart,
  quick: 8 * mebibyte,
  tail: 64 * 1024,
  checkpointEvery: 30_000,
};

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html: what has as much has one processor. Megabytes. */
const oneCore = 1_769;

/** What a function with so many megabytes of memory can do: the more it has, the larger a part may be, and with it a file. */
export const sizesFor = (memoryMegabytes: number | undefined): Sizes => ({
  ...defaultSizes,
  cores: Math.min(1, (memoryMegabytes ?? oneCore) / oneCore),
  maxPart: Math.max(defaultSizes.part, Math.floor((memoryMegabytes ?? 512) / 8) * mebibyte),
});
