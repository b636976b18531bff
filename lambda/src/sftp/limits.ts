import { shareOfCore } from "../concurrency/share.ts";

/** How much may be under way; all of it has defaults. */
export interface Limits {
  /** Bytes in flight over the connection. */
  readonly windowBytes: number;
  /** … while it has one channel: what its window doesn't take lies in memory. */
  readonly nearWindowBytes: number;
  /** Bytes in flight for one file. */
  readonly fileWindowBytes: number;
  /** … for each millisecond of the round trip; more would only lie in memory. */
  readonly bytesPerMs: number;
  /** … and on one channel: its window of 2 MiB, in ssh2 and in OpenSSH, and a little that waits for it. More would lie in memory. */
  readonly channelWindowBytes: number;
  /** Most bytes of one READ or WRITE. */
  readonly chunkBytes: number;
  /** Most requests in flight for one file on one channel: what OpenSSH's client sends, so that every server bears it. */
  readonly requestsPerChannel: number;
  /** SFTP channels that a large file is spread over. */
  readonly channels: number;
  /** Round-trip time from which on they pay. Milliseconds. */
  readonly spreadRoundTripMs: number;
  /** Size of a file from which on they pay. Bytes. */
  readonly spreadBytes: number;
  /** READDIRs in flight for one directory. */
  readonly readdirs: number;
}

/** Milliseconds of round trip from which on several channels, or connections, carry more than one. */
export const spreadRoundTripMs = 3;

/**
 * What a link of 256 MB/s holds, twice: what is asked for waits in the server and behind others about as long as it travels. With less than
 * a core the processor is the bound, and half of it is enough.
 */
export const bytesPerMsWith = (cores = 1): number => 512 * 1024 * shareOfCore(cores, 0.5);

export const defaultLimits: Limits = {
  windowBytes: 16 * 1024 * 1024,
  nearWindowBytes: 6 * 1024 * 1024,
  fileWindowBytes: 8 * 1024 * 1024,
  bytesPerMs: bytesPerMsWith(),
  channelWindowBytes: 2.5 * 1024 * 1024,
  chunkBytes: 255 * 1024,
  requestsPerChannel: 64,
  channels: 4,
  spreadRoundTripMs,
  spreadBytes: 8 * 1024 * 1024,
  readdirs: 64,
};
