import type { Channel } from "./channel.ts";
import type { Connection } from "./connection.ts";

/** Further SFTP channels of a connection, for files that are too large for one channel's window. */
export interface Channels {
  /** Opens what is still wanted, and resolves with all there are. Never rejects: they are a matter of speed. */
  further(): Promise<readonly Channel[]>;
}

/** Partners whose server dropped the whole connection when a second channel was asked for. */
const singles = new Set<string>();

/**
 * The channels that a connection opens when a large file first needs them. Each has a window of 2 MiB of its own in ssh2
 * and in OpenSSH, which is what bounds a transfer once there is a round-trip time. On a near server they'd gain nothing.
 */
export const createChannels = (connection: Connection): Channels => {
  const { partner, limits, main, lost, log } = connection;
  let opened: Promise<readonly Channel[]> | undefined;

  const open = async (): Promise<readonly Channel[]> => {
    const wanted = limits.channels - 1;
    if (wanted < 1 || main.roundTripMs < limits.spreadRoundTripMs || singles.has(partner)) return [];
    // One first: a server that refuses the second is not asked for a third.
    const first = await connection.openChannel();
    if (lost.aborted) singles.add(partner);
    if (first === undefined) {
      log?.info("The server refuses a second SFTP channel: large files move over one, which is slower", { partner });
      return [];
    }
    const others = await Promise.all(Array.from({ length: wanted - 1 }, () => connection.openChannel()));
    return [first, ...others.filter((channel) => channel !== undefined)];
  };

  return {
    further: () => {
      opened ??= open();
      return opened;
    },
  };
};
