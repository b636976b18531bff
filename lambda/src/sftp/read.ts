import { guaranteedBytes } from "../concurrency/budget.ts";
import { noteMoved } from "../memory/collector.ts";
import { release } from "../memory/release.ts";
import { openFlags } from "./channel.ts";
import type { Channels } from "./channels.ts";
import type { Connection } from "./connection.ts";
import { RemoteError } from "./errors.ts";
import type { ChunkOptions, ReadHint, RemoteReader, RemoteStat } from "./remote.ts";
import { statOf } from "./stat.ts";
import { remoteError } from "./status.ts";
import { createLanes, type Lane } from "./stripes.ts";

/** What is read past the size that the server claims, before it is taken for endless. Bytes. */
const maxBeyondSize = 1024 ** 3;

interface Block {
  readonly offset: number;
  readonly length: number;
  /** As many bytes as there are, up to `length`. */
  readonly bytes: Promise<Buffer>;
}

/**
 * Opens a file for reading; undefined if it isn't there. With a size as hint, the first READ goes out together with the
 * FSTAT, so that a small file takes two round trips in all; to a server that answers in order, so do the looks afterwards.
 */
export const openRead = async (
  connection: Connection,
  channels: Channels,
  path: string,
  hint?: ReadHint,
): Promise<RemoteReader | undefined> => {
  const { main, budget, handles, partner, limits } = connection;
  const deed = { partner, action: "read", path };
  await handles.take(1);
  let handle: Buffer;
  try {
    handle = await main.open("open for reading", path, openFlags.read);
  } catch (error) {
    handles.give(1);
    if (error instanceof RemoteError && error.kind === "missing") return undefined;
    throw error;
  }

  const statNow = () => main.fstat(handle, path);
  const lanes = createLanes(connection, channels, path, handle, async (channel) => {
    const further = await channel.open("open for reading", path, openFlags.read);
    const { size, mtime } = await channel.fstat(further, path);
    if (size === stat.size && mtime === stat.mtime) return further;
    await channel.closeHandle(further, path);
    return undefined;
  });
  const leave = budget.enter(hint?.size ?? Number.POSITIVE_INFINITY);

  /** Buffers whose bytes were taken, to be filled again: V8 is slow to give such memory back. */
  const spare: Buffer[] = [];

  /** Reads until the block is full, the file ends, or its expected end is met: a short answer alone means nothing. */
  const fetch = async (given: Lane, offset: number, length: number, end: number): Promise<Buffer> => {
    try {
      return await fetchOver(given, offset, length, end);
    } catch (error) {
      // Another connection than this one's is lost: what it was asked for, this one can be asked for.
      if (given.connection === connection || !given.connection.lost.aborted) throw error;
      lanes.remove(given);
      return await fetchOver(lanes.main, offset, length, end);
    }
  };
  const fetchOver = async (lane: Lane, offset: number, length: number, end: number): Promise<Buffer> => {
    const last = spare.at(-1);
    const buffer = (last?.length === length && spare.pop()) || Buffer.allocUnsafeSlow(length);
    lane.busy += length;
    try {
      let filled = 0;
      for (let before = 0; filled < length && (filled === 0 || offset + filled !== end); ) {
        const into = filled === 0 ? buffer : buffer.subarray(filled);
        const count = await lane.channel.read(lane.handle, path, into, offset + filled);
        if (count === 0) break;
        if (filled > 0) lane.channel.learnReadBytes(before);
        before = count;
        filled += count;
      }
      noteMoved(filled);
      return filled === length ? buffer : buffer.subarray(0, filled);
    } finally {
      lane.busy -= length;
    }
  };
  const start = (offset: number, length: number, end: number): Block => {
    const bytes = fetch(lanes.idlest(), offset, length, end);
    bytes.catch(() => {});
    return { offset, length, bytes };
  };
  /** Takes from the budget what a block may have; 0 if it has to wait. One that has nothing in flight never waits. */
  const reserve = (wanted: number, idle: boolean): number => {
    if (budget.tryTake(wanted)) return wanted;
    if (!idle) return 0;
    const least = Math.min(wanted, guaranteedBytes);
    budget.force(least);
    return least;
  };
  const abandon = (block: Block) => {
    const give = () => budget.give(block.length);
    block.bytes.then(give, give);
  };

  const statAtOpen = statNow();
  let first: Block | undefined;
  let statBehindFirst: Promise<RemoteStat> | undefined;
  let pathBehindFirst: Promise<RemoteStat | undefined> | undefined;
  if (hint !== undefined) {
    first = start(0, reserve(Math.min(hint.size + 1, main.readBytes), true), hint.size);
    if (connection.inOrder && hint.size < first.length) {
      // Asked for later, their answers would stand behind those of all other files' READs.
      statBehindFirst = statNow();
      statBehindFirst.catch(() => {});
      pathBehindFirst = statOf(main, path);
      pathBehindFirst.catch(() => {});
    }
  }

  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= (async () => {
      leave();
      if (first !== undefined) abandon(first);
      first = undefined;
      // What a server says to the CLOSE of a file that was only read changes nothing.
      await lanes.close().catch(() => {});
    })();
    return closing;
  };

  let stat: RemoteStat;
  try {
    // Some servers have no FSTAT.
    stat = await statAtOpen.catch((error: unknown) => {
      if (error instanceof RemoteError && error.kind !== "lost") return main.stat(path);
      throw error;
    });
    if (stat.kind === "directory") throw remoteError("failure", deed, "it is a directory");
  } catch (error) {
    void close();
    throw error;
  }

  const changed = (what: string) =>
    remoteError("changed", deed, what, "It is read again once it holds still, if the partner is still writing it");
  const restat = () => statNow().catch(() => main.stat(path));

  /** Bytes past the end that the server claimed: a file that grows is refused, a size that was never true is not believed. */
  async function* beyond(from: number): AsyncGenerator<Buffer> {
    for (let at = from; ; ) {
      const { size, mtime } = await restat();
      if (size !== stat.size || mtime !== stat.mtime)
        throw changed(`it changed while it was read: ${stat.size} bytes at first, then ${size}`);
      if (at - stat.size > maxBeyondSize)
        throw remoteError("failure", deed, `it has no end, although the server says ${stat.size} bytes`);
      const bytes = await fetch(lanes.main, at, Math.min(main.readBytes, guaranteedBytes), -1);
      if (bytes.length === 0) return;
      yield bytes;
      at += bytes.length;
    }
  }

  let used = false;
  let onlyFirst = false;

  async function* chunks(offset: number, { reuse = false }: ChunkOptions = {}): AsyncGenerator<Buffer> {
    if (used) throw new Error("chunks() may be called once");
    used = true;
    const { size } = stat;
    if (offset > size) throw changed(`it has ${size} bytes, but reading should go on at ${offset}`);
    if (size - offset >= limits.spreadBytes) lanes.spread(size - offset);

    const blocks: Block[] = [];
    let inFlight = 0;
    let next = offset;
    const push = (block: Block) => {
      blocks.push(block);
      inFlight += block.length;
      next = block.offset + block.length;
    };
    if (first !== undefined && offset === 0 && first.length <= size + 1) push(first);
    else if (first !== undefined) abandon(first);
    first = undefined;
    onlyFirst = next > size;

    try {
      for (let at = offset; ; ) {
        // One byte more than there should be: whether the file ends where it should is known without another round trip.
        while (next <= size) {
          const wanted = Math.min(main.readBytes, size + 1 - next);
          const idle = blocks.length === 0;
          if (!idle && inFlight + wanted > lanes.window) break;
          if (blocks.length >= limits.requestsPerChannel * lanes.count) break;
          const length = reserve(wanted, idle);
          if (length === 0) break;
          push(start(next, length, size));
        }
        const block = blocks[0];
        if (block === undefined) return;
        const bytes = await block.bytes;
        const isLast = blocks.length === 1 && next > size;
        at += bytes.length;
        if (bytes.length < block.length && !(isLast && at === size)) {
          const { size: now } = await restat();
          throw changed(`it ended after ${at} bytes; the server said ${size} at first, and now ${now}`);
        }
        if (bytes.length > 0) yield bytes;
        if (reuse && bytes.length === main.readBytes) spare.push(bytes);
        else if (reuse) release(bytes);
        blocks.shift();
        inFlight -= block.length;
        budget.give(block.length);
        if (isLast) {
          if (at > size) yield* beyond(at);
          return;
        }
      }
    } finally {
      for (const block of blocks) abandon(block);
      for (const buffer of spare.splice(0)) release(buffer);
    }
  }

  return {
    stat,
    chunks,
    restat: async () => {
      const early = onlyFirst ? statBehindFirst : undefined;
      statBehindFirst = undefined;
      return (await early?.catch(() => undefined)) ?? (await restat());
    },
    restatPath: async () => {
      const early = onlyFirst ? pathBehindFirst : undefined;
      pathBehindFirst = undefined;
      return await (early ?? statOf(main, path));
    },
    close,
  };
};
