import type { Channel } from "./channel.ts";
import type { ChannelPlace, Channels } from "./channels.ts";
import type { Connection } from "./connection.ts";

/** What a server stores elsewhere at CLOSE, such as in an object store, before it answers. Bytes per millisecond. */
const storedPerMs = 4096;

/** A file that is open on one channel, of whichever connection. */
export interface Stripe extends ChannelPlace {
  readonly handle: Buffer;
  /** Bytes in flight. */
  busy: number;
}

/** A file's window is not less than this: a server takes its time as well. */
const leastWindow = 4 * 1024 * 1024;

/** The stripes of one file: the first at once, the others when it pays. */
export interface Stripes {
  readonly main: Stripe;
  readonly all: readonly Stripe[];
  /** The stripe with the least in flight. */
  idlest(): Stripe;
  readonly count: number;
  /** Bytes that the file may have in flight over all of them. */
  readonly window: number;
  /** Opens the file on the further channels, in the background. `bytes`: what there is to move. */
  spread(bytes: number): void;
  /** Takes a stripe out whose connection is lost. */
  remove(stripe: Stripe): void;
  /**
   * Sends CLOSE on each; settles when all are answered. A refusal is the result: what was written there may not be. `written`:
   * bytes, which servers that store a file elsewhere take their time over.
   */
  close(written?: number): Promise<void>;
}

export interface StripeOptions {
  /** On this connection only. */
  readonly alone?: boolean;
  /** Told that the file ends: what `open` waits for may never come. Then the first handle is the last to be closed. */
  readonly closing?: () => void;
}

/**
 * Stripes over the handle that is open already and counted. `open` opens the same file on another channel; undefined if it
 * isn't the same any more. A server that won't have a file open twice just gets one stripe.
 */
export const createStripes = (
  connection: Connection,
  channels: Channels,
  path: string,
  handle: Buffer,
  open: (channel: Channel, place: ChannelPlace) => Promise<Buffer | undefined>,
  { alone = false, closing }: StripeOptions = {},
): Stripes => {
  const { limits } = connection;
  const main: Stripe = { channel: connection.main, connection, handle, busy: 0 };
  const stripes = [main];
  let spreading = false;
  let closed = false;

  let patienceMs = 0;
  const closeStripe = async ({ channel, connection: own, handle: open }: Omit<Stripe, "busy">) => {
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
    else if (closed) await closeStripe({ channel, connection: own, handle: further }).catch(() => {});
    else stripes.push({ channel, connection: own, handle: further, busy: 0 });
  };
  const start = (place: ChannelPlace) => {
    if (stripes.length + opening.size >= connection.maxHandles) return;
    const added = add(place).finally(() => opening.delete(added));
    opening.add(added);
  };

  return {
    main,
    all: stripes,
    get count() {
      return stripes.length;
    },
    get window() {
      const connections = stripes.length === 1 ? 1 : new Set(stripes.map(({ connection: own }) => own)).size;
      return Math.min(
        limits.channelWindowBytes * stripes.length,
        limits.fileWindowBytes * Math.min(2, connections),
        Math.max(leastWindow, limits.bytesPerMs * connection.main.roundTripMs),
        connection.budget.share,
      );
    },
    idlest: () => stripes.reduce((least, stripe) => (stripe.busy < least.busy ? stripe : least)),
    spread(bytes) {
      if (spreading) return;
      spreading = true;
      channels.further(start, { bytes, alone });
    },
    remove(stripe) {
      const at = stripes.indexOf(stripe);
      if (at > 0) stripes.splice(at, 1);
    },
    async close(written = 0) {
      closed = true;
      patienceMs = Math.ceil(written / storedPerMs);
      closing?.();
      // Where each handle turns out to be a file of its own, the last that is closed is what stays.
      if (closing !== undefined) await Promise.all(opening);
      const [first, ...others] = stripes;
      const before = closing === undefined ? [] : await Promise.allSettled(others.map(closeStripe));
      const rest = closing === undefined ? stripes : [first as Stripe];
      const answers = [...before, ...(await Promise.allSettled(rest.map(closeStripe)))];
      for (const answer of answers) if (answer.status === "rejected") throw answer.reason;
    },
  };
};
