import type { Channel } from "./channel.ts";
import type { ChannelPlace, Channels } from "./channels.ts";
import type { Connection } from "./connection.ts";

/** What a server stores elsewhere at CLOSE, such as in an object store, before it answers. Bytes per millisecond. */
const storedPerMs = 4096;

/** A file that is open on one channel, of whichever connection. */
export interface Lane extends ChannelPlace {
  readonly handle: Buffer;
  /** Bytes in flight. */
  busy: number;
}

/** What is in flight on a link that carries 256 MB/s, per millisecond of its round trip; more would only lie in memory. Bytes. */
const bytesPerMs = 256 * 1024;
/** … but not less than this: a server takes its time as well. */
const leastWindow = 4 * 1024 * 1024;

/** The lanes of one file: the first at once, the others when it pays. */
export interface Lanes {
  readonly main: Lane;
  readonly all: readonly Lane[];
  /** The lane with the least in flight. */
  idlest(): Lane;
  readonly count: number;
  /** Bytes that the file may have in flight over all of them. */
  readonly window: number;
  /** Opens the file on the further channels, in the background. `bytes`: what there is to move. */
  spread(bytes: number): void;
  /** Takes a lane out whose connection is lost. */
  remove(lane: Lane): void;
  /**
   * Sends CLOSE on each; settles when all are answered. A refusal is the result: what was written there may not be. `written`:
   * bytes, which servers that store a file elsewhere take their time over.
   */
  close(written?: number): Promise<void>;
}

export interface LaneOptions {
  /** On this connection only. */
  readonly alone?: boolean;
  /** Told that the file ends: what `open` waits for may never come. Then the first handle is the last to be closed. */
  readonly closing?: () => void;
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
  open: (channel: Channel, place: ChannelPlace) => Promise<Buffer | undefined>,
  { alone = false, closing }: LaneOptions = {},
): Lanes => {
  const { limits } = connection;
  const main: Lane = { channel: connection.main, connection, handle, busy: 0 };
  const lanes = [main];
  let spreading = false;
  let closed = false;

  let patienceMs = 0;
  const closeLane = async ({ channel, connection: own, handle: open }: Omit<Lane, "busy">) => {
    own.fileCloses();
    try {
      await channel.closeHandle(open, path, own.fileClosed, patienceMs);
    } finally {
      own.handles.give(1);
    }
  };

  const opening = new Set<Promise<void>>();
  const add = async (place: ChannelPlace) => {
    const { channel, connection: own } = place;
    if (closed || !own.handles.tryTake(1)) return;
    const further = await open(channel, place).catch(() => undefined);
    if (further === undefined) own.handles.give(1);
    else if (closed) await closeLane({ channel, connection: own, handle: further }).catch(() => {});
    else lanes.push({ channel, connection: own, handle: further, busy: 0 });
  };
  const start = (place: ChannelPlace) => {
    if (lanes.length + opening.size >= connection.maxHandles) return;
    const added = add(place).finally(() => opening.delete(added));
    opening.add(added);
  };

  return {
    main,
    all: lanes,
    get count() {
      return lanes.length;
    },
    get window() {
      const connections = lanes.length === 1 ? 1 : new Set(lanes.map(({ connection: own }) => own)).size;
      return Math.min(
        limits.channelWindowBytes * lanes.length,
        limits.fileWindowBytes * Math.min(2, connections),
        Math.max(leastWindow, bytesPerMs * connection.main.roundTripMs),
        connection.budget.share,
      );
    },
    idlest: () => lanes.reduce((least, lane) => (lane.busy < least.busy ? lane : least)),
    spread(bytes) {
      if (spreading) return;
      spreading = true;
      channels.further(start, { bytes, alone });
    },
    remove(lane) {
      const at = lanes.indexOf(lane);
      if (at > 0) lanes.splice(at, 1);
    },
    async close(written = 0) {
      closed = true;
      patienceMs = Math.ceil(written / storedPerMs);
      closing?.();
      // Where each handle turns out to be a file of its own, the last that is closed is what stays.
      if (closing !== undefined) await Promise.all(opening);
      const [first, ...others] = lanes;
      const before = closing === undefined ? [] : await Promise.allSettled(others.map(closeLane));
      const rest = closing === undefined ? lanes : [first as Lane];
      const answers = [...before, ...(await Promise.allSettled(rest.map(closeLane)))];
      for (const answer of answers) if (answer.status === "rejected") throw answer.reason;
    },
  };
};
