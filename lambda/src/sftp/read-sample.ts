/**
 * Whether a further handle gives the file that the first one does. Size and time alone don't tell: a server may make each open
 * handle a file of its own, or the partner may have put another one there within the second. So both are compared, and the
 * bytes that the first handle gave at the place where the reading began.
 */
import { agree } from "./attributes.ts";
import type { Channel } from "./channel.ts";
import type { Connection } from "./connection.ts";
import type { RemoteStat } from "./remote.ts";

const sampleBytes = 32 * 1024;

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
  const sample = Promise.withResolvers<Buffer | undefined>();
  let offset = 0;
  return {
    from(at) {
      offset = at;
    },
    take: (bytes) => sample.resolve(Buffer.from(bytes.subarray(0, sampleBytes))),
    end: () => sample.resolve(undefined),
    async isSame(channel, handle, stat) {
      const there = Buffer.allocUnsafe(Math.min(sampleBytes, channel.readBytes));
      const [seen, count] = await Promise.all([channel.fstat(handle, path), channel.read(handle, path, there, offset)]);
      if (seen.size === undefined || seen.mtime === undefined || stat.size === undefined || stat.mtime === undefined)
        return false;
      const bytes = await sample.promise;
      if (bytes === undefined || !agree(seen, stat)) return false;
      const common = Math.min(count, bytes.length);
      if (common > 0 && there.subarray(0, common).equals(bytes.subarray(0, common))) return true;
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
