import type { Channel } from "./channel.ts";
import type { Connection } from "./connection.ts";

/** A channel and what it belongs to. */
export interface ChannelPlace {
  readonly channel: Channel;
  readonly connection: Connection;
}

/** Further SFTP channels, for files that are too large for one channel's window. They are a matter of speed: nothing fails for want of them. */
export interface Channels {
  /**
   * Calls `add` with each further channel, at once or when it is open. Of a file of many `bytes` that needn't be `alone` on
   * its connection, they may be on others.
   */
  further(add: (place: ChannelPlace) => void, options: { readonly bytes: number; readonly alone: boolean }): void;
}

/** Calls `join` with every other connection that there is, at once or when it is made. It needn't make any. */
export type Recruit = (bytes: number, join: (other: ChannelPlace) => void) => void;

/** Partners whose server dropped the whole connection when a second channel was asked for. */
const singles = new Set<string>();

/**
 * The channels that a connection opens when a large file first needs them. Each has a window of 2 MiB of its own in ssh2
 * and in OpenSSH, which is what bounds a transfer once there is a round-trip time. On a near server they'd gain nothing.
 */
export const createChannels = (connection: Connection): Channels & { recruitBy(recruit: Recruit): void } => {
  const { partner, limits, main, lost, log } = connection;
  let opened: Promise<readonly Channel[]> | undefined;
  let recruit: Recruit | undefined;

  const open = async (): Promise<readonly Channel[]> => {
    const wanted = limits.channels - 1;
    if (wanted < 1 || singles.has(partner)) return [];
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
    further(add, { bytes, alone }) {
      // One that has not opened a file yet has been made for the sake of its round-trip time.
      if (main.roundTripMs < limits.spreadRoundTripMs) return;
      opened ??= open();
      connection.budget.grow(limits.windowBytes);
      opened.then(
        (channels) => {
          for (const channel of channels) add({ channel, connection });
        },
        () => {},
      );
      if (!alone) recruit?.(bytes, add);
    },
    recruitBy(given) {
      recruit = given;
    },
  };
};
