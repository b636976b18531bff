/** How much may be under way; all of it has defaults. */
export interface Limits {
  /** Bytes in flight over the connection. */
  readonly windowBytes: number;
  /** … while it has one channel: what its window doesn't take lies in memory. */
  readonly nearWindowBytes: number;
  /** Bytes in flight for one file. */
  readonly fileWindowBytes: number;
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

export const defaultLimits: Limits = {
  windowBytes: 16 * 1024 * 1024,
  nearWindowBytes: 6 * 1024 * 1024,
  fileWindowBytes: 8 * 1024 * 1024,
  channelWindowBytes: 2.5 * 1024 * 1024,
  chunkBytes: 255 * 1024,
  requestsPerChannel: 64,
  channels: 4,
  spreadRoundTripMs,
  spreadBytes: 8 * 1024 * 1024,
  readdirs: 64,
};
