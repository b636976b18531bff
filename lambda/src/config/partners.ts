import { type BridgeConfig, partnerOf, type SftpConfig, type StreamConfig } from "./types.ts";

/** One partner and all its streams: they share its connections. */
export interface Partner {
  /** `user@host:port` */
  readonly id: string;
  readonly streams: readonly StreamConfig[];
  /** How to connect: the first stream's, in the order of names. */
  readonly first: StreamConfig;
  readonly sftp: SftpConfig;
  /** The smallest that any of its streams allows. */
  readonly maxConnections: number;
}

export const partnersOf = (config: BridgeConfig): Map<string, Partner> => {
  const grouped = Map.groupBy(
    [...config.streams.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    ({ sftp }) => partnerOf(sftp),
  );
  const partners = new Map<string, Partner>();
  for (const [id, streams] of grouped) {
    const [first] = streams;
    if (!first) continue;
    const maxConnections = Math.min(...streams.map(({ sftp }) => sftp.maxConnections));
    partners.set(id, { id, streams, first, sftp: first.sftp, maxConnections });
  }
  return partners;
};
