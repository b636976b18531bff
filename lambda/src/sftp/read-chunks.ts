/** The bytes of an open file in order, read ahead within the window, and what is made of an end that isn't where it should be. */

import { agree } from "./attributes.ts";
import { wholePages } from "./channel.ts";
import type { Connection } from "./connection.ts";
import { isRefusal, type RemoteError } from "./errors.ts";
import type { Block, Blocks } from "./read-blocks.ts";
import type { Looks } from "./read-looks.ts";
import type { RemoteStat } from "./remote.ts";
import { type Deed, remoteError } from "./status.ts";
import type { Stripes } from "./stripes.ts";
import { noteSize } from "./told-sizes.ts";
import { leastBytes } from "./trial.ts";

/** What is read past the size that the server claims, before it is taken for endless. Bytes. */
const maxBeyondSize = 1024 ** 3;

export interface Source {
  readonly connection: Connection;
  readonly stripes: Stripes;
  readonly blocks: Blocks;
  readonly looks: Looks;
  readonly deed: Deed;
  /** As the handle told it when it was opened. */
  readonly stat: RemoteStat;
  /** Bytes that it should have, as far as anybody tells. */
  readonly size: number | undefined;
}

const changed = ({ deed }: Source, what: string): RemoteError =>
  remoteError("changed", deed, what, "It is read again once it holds still, if the partner is still writing it");

/** It held still, and had so many bytes. */
const note = ({ connection, deed: { path }, stat }: Source, bytes: number): void => {
  if (path !== undefined && stat.size !== undefined) noteSize(connection.traits, path, stat.size, bytes);
};

/** The file ended before all that the server told of: it may be half a file, whatever the server says. */
const endedEarly = (source: Source, at: number, now: number | undefined): RemoteError => {
  const { size = 0, deed } = source;
  const what = `it ended after ${at} bytes; the server said ${size} at first, and now ${now ?? "nothing"}`;
  if (now !== undefined && now !== size) return changed(source, what);
  note(source, at);
  const advice =
    "It is read again. If the partner says that its server always tells more than it gives, set sftp.server = { exact_sizes = false }: then files are read to their end, which has to be the same 2 s later, and one that is cut short at the partner's side isn't noticed";
  return remoteError("changed", deed, what, advice);
};

const words = (size: number | undefined): string =>
  size === undefined ? "an unknown number of bytes" : `${size} bytes`;

/** Bytes past the end that the server claimed: a file that grows is refused, a size that was never true is not believed. */
async function* beyond(source: Source, from: number, size: number): AsyncGenerator<Buffer> {
  const { stat, looks, blocks, deed } = source;
  for (let at = from; ; ) {
    const now = await looks.handle(false);
    if (!agree(now, stat))
      throw changed(source, `it changed while it was read: ${words(size)} at first, then ${words(now.size)}`);
    if (at - size > maxBeyondSize)
      throw remoteError("failure", deed, `it has no end, although the server says ${size} bytes`);
    const bytes = await blocks.few(at);
    if (bytes.length === 0) return note(source, at);
    yield bytes;
    at += bytes.length;
  }
}

/**
 * A block's bytes. Behind all that the server told of, a refusal is an end: servers that delete a file once it was read take
 * its handle with it. Where they told no size, it is an end if the file has gone.
 */
const bytesOf = async (block: Block, { size, looks, blocks, connection }: Source, from: number): Promise<Buffer> => {
  try {
    return await block.bytes;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    if (size !== undefined && block.offset < size && block.offset + block.length > size) {
      const bytes = await blocks.inside(block, size);
      connection.traits.learn("reads_past_end", false, `a READ across a file's end was refused: ${error.message}`);
      return bytes;
    }
    const isBehind = size === undefined ? block.offset > from : block.offset >= size;
    if (isBehind && (size !== undefined || (await looks.path(false)) === undefined)) return Buffer.alloc(0);
    throw error;
  }
};

export interface Reading {
  readonly offset: number;
  /** A chunk's memory is used again for the next. */
  readonly reuse: boolean;
  /** The block that was asked for when the file was opened, if there is one. */
  readonly first: Block | undefined;
  /** Told of the first bytes at `offset`. */
  readonly began: (bytes: Buffer) => void;
  /** Told once, before anything is awaited: was the first block all that there is to read? */
  readonly startedWith: (onlyFirst: boolean) => void;
}

/** Every chunk from `offset` to the end of the file. Throws RemoteError. */
export async function* readChunks(
  source: Source,
  { offset, reuse, first, began, startedWith }: Reading,
): AsyncGenerator<Buffer> {
  const { connection, stripes, blocks, looks } = source;
  const { main, limits, trial } = connection;
  // Of one without a size as much is read ahead as the window takes: the first block that isn't full is the end.
  const isSized = source.size !== undefined;
  const size = source.size ?? Number.POSITIVE_INFINITY;
  if (offset > size) throw changed(source, `it has ${size} bytes, but reading should go on at ${offset}`);
  if (isSized && size - offset >= limits.spreadBytes) stripes.spread(size - offset);

  const queue: Block[] = [];
  let inFlight = 0;
  let next = offset;
  const push = (block: Block) => {
    queue.push(block);
    inFlight += block.length;
    next = block.offset + block.length;
  };
  const pastEnd = connection.traits.can("reads_past_end") !== false;
  /** More than there should be, if only by a byte: whether the file ends where it should is known without another round trip. */
  const readAhead = () => {
    while (next <= size) {
      const rest = size - next;
      const usual = Math.min(main.readBytes, pastEnd || rest === 0 ? wholePages(rest + 1) : rest);
      const tried = trial.next("read", usual);
      const { endIsTried } = trial;
      const isEnd = endIsTried !== undefined && rest === 1;
      // Of what is tried all but the last byte, and across the end from that one on.
      const isWithin = rest > 1 && (tried === "small" || endIsTried !== undefined);
      const asked = isWithin ? rest - 1 : isEnd && endIsTried === "later" ? 1 : usual;
      const wanted = Math.min(asked, tried === "small" ? leastBytes : main.readBytes);
      const idle = queue.length === 0;
      if (!idle && (tried !== undefined || isEnd)) break;
      if (!idle && inFlight + wanted > stripes.window) break;
      if (queue.length >= limits.requestsPerChannel * stripes.count) break;
      const length = blocks.reserve(wanted, idle);
      if (length === 0) break;
      push(blocks.start(next, length, size));
    }
  };
  if (first !== undefined && offset === 0 && first.length <= wholePages(size + 1)) push(first);
  else if (first !== undefined) blocks.abandon(first);
  startedWith(next > size);

  try {
    for (let at = offset; ; ) {
      readAhead();
      const block = queue[0];
      if (block === undefined) return;
      const bytes = await bytesOf(block, source, offset);
      const isLast = isSized ? queue.length === 1 && next > size : bytes.length < block.length;
      if (at === offset) began(bytes);
      at += bytes.length;
      if (isSized && bytes.length < block.length && !(isLast && at >= size)) {
        throw endedEarly(source, at, (await looks.handle(false)).size);
      }
      if (bytes.length > 0) yield bytes;
      if (reuse) blocks.reuse(bytes);
      queue.shift();
      inFlight -= block.length;
      blocks.done(block);
      if (isLast) {
        if (at > size) yield* beyond(source, at, size);
        else if (isSized) note(source, at);
        return;
      }
    }
  } finally {
    for (const block of queue) blocks.abandon(block);
    blocks.end();
  }
}
