/** Archives of many files, as they are read: wherever one isn't what it has to be, UnfitError is thrown. */
import type { Unfit } from "../bounds.ts";
import type { Ledger } from "./ledger.ts";

/** One file of an archive. */
export interface Member {
  /** Below the directory that the archive's files go to; checked. */
  readonly path: string;
  /** Bytes, as the archive says; that `content` has as many is checked at its end. */
  readonly size: number;
  /** When it was changed, where the archive tells that. Seconds since the epoch. */
  readonly mtime: number | undefined;
  /** To be read before the next file is asked for. A chunk is valid until the next one is asked for. */
  readonly content: AsyncIterable<Uint8Array>;
}

/** The bytes of an archive. */
export interface Packed {
  readonly size: number;
  /** All from here to the end. */
  from(offset: number): AsyncIterable<Uint8Array>;
}

export interface Unpacking {
  readonly packed: Packed;
  readonly ledger: Ledger;
  /** Files and directories that the archive may have. */
  readonly maxEntries: number;
  readonly unfit: Unfit;
  readonly signal: AbortSignal;
  /** So many files at the beginning are passed over. */
  readonly skip: number;
}

/** The files one after the other. What they may be is checked with each, and behind the last that there is nothing else. */
export type Unpack = (unpacking: Unpacking) => AsyncGenerator<Member>;
