/**
 * Whether a further handle gives the file that the first one does. Size and time alone don't tell: a server may make each open
 * handle a file of its own, or the partner may have put another one there within the second. So both are compared, and the
 * bytes that the first handle gave: some way behind the place where it began, since a server that gives each handle the file from
 * its start, whatever was asked for, would give the very same there.
 */
import { agree } from "./attributes.ts";
import type { Channel } from "./channel.ts";
import type { Connection } from "./connection.ts";
import type { RemoteStat } from "./remote.ts";

const sampleBytes = 32 * 1024;

interface Piece {
  readonly at: number;
  readonly bytes: Buffer;
}

/** The end of a block; undefined where it is the same as the beginning, which proves nothing. */
const pieceOf = (block: Buffer, offset: number): Piece | undefined => {
  const length = Math.min(sampleBytes, Math.floor(block.length / 2));
  const bytes = block.subarray(block.length - length);
  if (length === 0 || bytes.equals(block.subarray(0, length))) return undefined;
  return { at: offset + block.length - length, bytes: Buffer.from(bytes) };
};

export interface Sample {
  /** Where the reading begins. Bytes. */
  from(offset: number): void;
  /** The first handle's bytes there. */
  take(bytes: Buffer): void;
  /** No bytes will come any more: whoever waits for them is sent away. */
  end(): void;
  /** Is the handle known to be of the same version? `stat`: what the first one told. Throws RemoteError. */
  isSame(channel: Channel, handle: Buffer, stat: RemoteStat): Promise<boolean>;
}

/** Connections whose log has it. */
const told = new WeakSet<Connection>();

export const createSample = (path: string, connection: Connection): Sample => {
  const sample = Promise.withResolvers<Piece | undefined>();
  let offset = 0;
  return {
    from(at) {
      offset = at;
    },
    take: (bytes) => sample.resolve(pieceOf(bytes, offset)),
    end: () => sample.resolve(undefined),
    async isSame(channel, handle, stat) {
      const [seen, piece] = await Promise.all([channel.fstat(handle, path), sample.promise]);
      if (seen.size === undefined || seen.mtime === undefined || stat.size === undefined || stat.mtime === undefined)
        return false;
      if (piece === undefined || !agree(seen, stat)) return false;
      const there = Buffer.allocUnsafe(Math.min(piece.bytes.length, channel.readBytes));
      const count = await channel.read(handle, path, there, piece.at);
      if (count > 0 && there.subarray(0, count).equals(piece.bytes.subarray(0, count))) return true;
      if (!told.has(connection))
        connection.log?.warn(
          "The server gives another content through a second handle: the file is read through one, which is slower",
          {
            path,
          },
        );
      told.add(connection);
      return false;
    },
  };
};
