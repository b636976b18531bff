/** The bytes of an open file in order, read ahead within the window, and what is made of an end that isn't where it should be. */
import type { Connection } from "./connection.ts";
import type { RemoteError } from "./errors.ts";
import type { Block, Blocks } from "./read-blocks.ts";
import type { Looks } from "./read-looks.ts";
import type { RemoteStat } from "./remote.ts";
import { type Deed, remoteError } from "./status.ts";
import type { Lanes } from "./stripes.ts";

/** What is read past the size that the server claims, before it is taken for endless. Bytes. */
const maxBeyondSize = 1024 ** 3;

export interface Source {
  readonly connection: Connection;
  readonly lanes: Lanes;
  readonly blocks: Blocks;
  readonly looks: Looks;
  readonly deed: Deed;
  /** As it was when it was opened. */
  readonly stat: RemoteStat;
}

const changed = ({ deed }: Source, what: string): RemoteError =>
  remoteError("changed", deed, what, "It is read again once it holds still, if the partner is still writing it");

/** Bytes past the end that the server claimed: a file that grows is refused, a size that was never true is not believed. */
async function* beyond(source: Source, from: number): AsyncGenerator<Buffer> {
  const { stat, looks, blocks, deed } = source;
  for (let at = from; ; ) {
    const { size, mtime } = await looks.handle(false);
    if (size !== stat.size || mtime !== stat.mtime)
      throw changed(source, `it changed while it was read: ${stat.size} bytes at first, then ${size}`);
    if (at - stat.size > maxBeyondSize)
      throw remoteError("failure", deed, `it has no end, although the server says ${stat.size} bytes`);
    const bytes = await blocks.few(at);
    if (bytes.length === 0) return;
    yield bytes;
    at += bytes.length;
  }
}

export interface Reading {
  readonly offset: number;
  /** A chunk's memory is used again for the next. */
  readonly reuse: boolean;
  /** The block that was asked for when the file was opened, if there is one. */
  readonly first: Block | undefined;
  /** Told once, before anything is awaited: was the first block all that there is to read? */
  readonly startedWith: (onlyFirst: boolean) => void;
}

/** Every chunk from `offset` to the end of the file. Throws RemoteError. */
export async function* readChunks(
  source: Source,
  { offset, reuse, first, startedWith }: Reading,
): AsyncGenerator<Buffer> {
  const { connection, lanes, blocks, looks, stat } = source;
  const { main, limits } = connection;
  const { size } = stat;
  if (offset > size) throw changed(source, `it has ${size} bytes, but reading should go on at ${offset}`);
  if (size - offset >= limits.spreadBytes) lanes.spread(size - offset);

  const queue: Block[] = [];
  let inFlight = 0;
  let next = offset;
  const push = (block: Block) => {
    queue.push(block);
    inFlight += block.length;
    next = block.offset + block.length;
  };
  /** One byte more than there should be: whether the file ends where it should is known without another round trip. */
  const readAhead = () => {
    while (next <= size) {
      const wanted = Math.min(main.readBytes, size + 1 - next);
      const idle = queue.length === 0;
      if (!idle && inFlight + wanted > lanes.window) break;
      if (queue.length >= limits.requestsPerChannel * lanes.count) break;
      const length = blocks.reserve(wanted, idle);
      if (length === 0) break;
      push(blocks.start(next, length, size));
    }
  };
  if (first !== undefined && offset === 0 && first.length <= size + 1) push(first);
  else if (first !== undefined) blocks.abandon(first);
  startedWith(next > size);

  try {
    for (let at = offset; ; ) {
      readAhead();
      const block = queue[0];
      if (block === undefined) return;
      const bytes = await block.bytes;
      const isLast = queue.length === 1 && next > size;
      at += bytes.length;
      if (bytes.length < block.length && !(isLast && at === size)) {
        const { size: now } = await looks.handle(false);
        throw changed(source, `it ended after ${at} bytes; the server said ${size} at first, and now ${now}`);
      }
      if (bytes.length > 0) yield bytes;
      if (reuse) blocks.reuse(bytes);
      queue.shift();
      inFlight -= block.length;
      blocks.done(block);
      if (isLast) {
        if (at > size) yield* beyond(source, at);
        return;
      }
    }
  } finally {
    for (const block of queue) blocks.abandon(block);
    blocks.end();
  }
}
