/** The READs of one open file: which handle each goes over, what it may take from the budget, and the memory it fills. */
import { guaranteedBytes } from "../concurrency/budget.ts";
import { chunkBytes, giveChunk, takeChunk } from "../memory/chunks.ts";
import { noteMoved } from "../memory/collector.ts";
import { release, releaseWhole } from "../memory/release.ts";
import type { Connection } from "./connection.ts";
import { ifRefused, isRefusal } from "./errors.ts";
import type { Stripe, Stripes } from "./stripes.ts";
import { leastBytes } from "./trial.ts";

export interface Block {
  readonly offset: number;
  readonly length: number;
  /** As many bytes as there are, up to `length`. */
  readonly bytes: Promise<Buffer>;
}

export interface Blocks {
  /** Asks for a block whose `length` was taken from the budget. `end`: where the file should end, infinity where nobody knows. Bytes. */
  start(offset: number, length: number, end: number): Block;
  /** Takes from the budget what a block may have; 0 if it has to wait. One that has nothing in flight never waits. Bytes. */
  reserve(wanted: number, idle: boolean): number;
  /** Reads a few bytes over the file's first handle, whatever the budget says. */
  few(offset: number): Promise<Buffer>;
  /** What a block that was refused has before `end`, where the file should end. */
  inside(block: Block, end: number): Promise<Buffer>;
  /** The block's bytes are handed on: gives back what it took. */
  done(block: Block): void;
  /** The block's bytes aren't wanted: gives back what it took, once its answer is there. */
  abandon(block: Block): void;
  /** A block's memory, whose bytes were taken: for another block, or given back. */
  reuse(bytes: Buffer): void;
  /** Gives the memory of those back that this file alone uses again. */
  end(): void;
}

/** Less would leave too much of a chunk empty. Bytes. */
const leastChunk = 192 * 1024;

/** Where nobody knows the size, a refusal behind a short answer is the end: some servers delete what was read, handle and all. */
const endOrLoss = ifRefused(0);

/** Blocks of the file at `path`, over its stripes. */
export const createBlocks = (connection: Connection, stripes: Stripes, path: string): Blocks => {
  const { main, budget } = connection;
  /** Buffers of a server's own, smaller READs whose bytes were taken, to be filled again. */
  const spare: Buffer[] = [];

  /** Memory for a READ of so many bytes. */
  const take = (length: number): Buffer => {
    if (length >= leastChunk && length <= chunkBytes) return takeChunk().subarray(0, length);
    const last = spare.at(-1);
    return (last?.length === length && spare.pop()) || Buffer.allocUnsafeSlow(length);
  };

  /** Some refuse a READ of so many bytes, wherever it is: those that it begins with tell. */
  const readOver = async (stripe: Stripe, into: Buffer, position: number, end: number): Promise<number> => {
    const { channel, handle } = stripe;
    try {
      return await channel.read(handle, path, into, position, end);
    } catch (error) {
      if (!isRefusal(error) || into.length <= leastBytes || position + into.length > end) throw error;
      if (end === Number.POSITIVE_INFINITY || connection.traits.isGiven("large_requests")) throw error;
      const count = await channel.read(handle, path, into.subarray(0, leastBytes), position).catch(ifRefused(0));
      if (count === 0) throw error;
      connection.traits.learn("large_requests", false, `a READ of ${into.length} bytes was refused: ${error.message}`);
      return count;
    }
  };

  /** Reads until the block is full, the file ends, or its expected end is met: a short answer alone means nothing. */
  const fetchOver = async (stripe: Stripe, offset: number, length: number, end: number): Promise<Buffer> => {
    const buffer = take(length);
    stripe.busy += length;
    try {
      let filled = 0;
      for (let before = 0; filled < length && (filled === 0 || offset + filled !== end); ) {
        const into = filled === 0 ? buffer : buffer.subarray(filled, filled + stripe.channel.readBytes);
        const asked = readOver(stripe, into, offset + filled, end);
        const count = await (filled > 0 && end === Number.POSITIVE_INFINITY ? asked.catch(endOrLoss) : asked);
        if (count === 0) break;
        if (filled > 0) stripe.channel.learnReadBytes(before);
        before = count;
        filled += count;
      }
      noteMoved(filled);
      return filled === length ? buffer : buffer.subarray(0, filled);
    } finally {
      stripe.busy -= length;
    }
  };
  const fetch = async (given: Stripe, offset: number, length: number, end: number): Promise<Buffer> => {
    try {
      return await fetchOver(given, offset, length, end);
    } catch (error) {
      // Another connection than this one's is lost: what it was asked for, this one can be asked for.
      if (given.connection === connection || !given.connection.lost.aborted) throw error;
      stripes.remove(given);
      return await fetchOver(stripes.main, offset, length, end);
    }
  };

  return {
    start(offset, length, end) {
      const bytes = fetch(stripes.idlest(), offset, length, end);
      bytes.catch(() => {});
      return { offset, length, bytes };
    },
    reserve(wanted, idle) {
      if (budget.tryTake(wanted)) return wanted;
      if (!idle) return 0;
      const least = Math.min(wanted, guaranteedBytes);
      budget.force(least);
      return least;
    },
    few: (offset) => fetch(stripes.main, offset, Math.min(main.readBytes, guaranteedBytes), -1),
    inside: ({ offset }, end) => fetch(stripes.main, offset, end - offset, end),
    done: (block) => budget.give(block.length),
    abandon(block) {
      const give = () => budget.give(block.length);
      block.bytes.then(give, give);
    },
    reuse(bytes) {
      if (giveChunk(bytes)) return;
      if (bytes.length === main.readBytes) spare.push(bytes);
      else releaseWhole(bytes);
    },
    end() {
      for (const buffer of spare.splice(0)) release(buffer);
    },
  };
};
