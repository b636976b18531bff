import type { Channel } from "./channel.ts";
import type { Channels } from "./channels.ts";
import type { Connection } from "./connection.ts";

/** A file that is open on one channel. */
export interface Lane {
  readonly channel: Channel;
  readonly handle: Buffer;
  /** Bytes in flight. */
  busy: number;
}

/** The lanes of one file: the first at once, the others when it pays. */
export interface Lanes {
  readonly main: Lane;
  /** The lane with the least in flight. */
  idlest(): Lane;
  readonly count: number;
  /** Opens the file on the further channels, in the background. */
  spread(): void;
  /** Sends CLOSE on each; settles when all are answered. The first lane's refusal is the result. */
  close(): Promise<void>;
}

/**
 * Lanes over the handle that is open already and counted. `open` opens the same file on another channel; undefined if it
 * isn't the same any more. A server that won't have a file open twice just gets one lane.
 */
export const createLanes = (
  connection: Connection,
  channels: Channels,
  path: string,
  handle: Buffer,
  open: (channel: Channel) => Promise<Buffer | undefined>,
): Lanes => {
  const { handles } = connection;
  const main: Lane = { channel: connection.main, handle, busy: 0 };
  const lanes = [main];
  let spreading = false;
  let closed = false;

  const closeLane = async ({ channel, handle: open }: Pick<Lane, "channel" | "handle">) => {
    try {
      await channel.closeHandle(open, path);
    } finally {
      handles.give(1);
    }
  };

  const add = async (channel: Channel) => {
    if (closed || !handles.tryTake(1)) return;
    const further = await open(channel).catch(() => undefined);
    if (further === undefined) handles.give(1);
    else if (closed) await closeLane({ channel, handle: further }).catch(() => {});
    else lanes.push({ channel, handle: further, busy: 0 });
  };

  return {
    main,
    get count() {
      return lanes.length;
    },
    idlest: () => lanes.reduce((least, lane) => (lane.busy < least.busy ? lane : least)),
    spread() {
      if (spreading) return;
      spreading = true;
      channels.further().then(
        (all) => Promise.all(all.map(add)),
        () => {},
      );
    },
    async close() {
      closed = true;
      const [first, ...others] = lanes.map(closeLane);
      await Promise.allSettled(others);
      await first;
    },
  };
};
