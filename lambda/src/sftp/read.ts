import { noAnswer } from "./attributes.ts";
import { openFlags, wholePages } from "./channel.ts";
import type { Channels } from "./channels.ts";
import type { Connection } from "./connection.ts";
import { ifRefused, isRefusal, RemoteError } from "./errors.ts";
import { openHandle } from "./open-handle.ts";
import { type Block, createBlocks } from "./read-blocks.ts";
import { readChunks } from "./read-chunks.ts";
import { createLooks } from "./read-looks.ts";
import { createSample } from "./read-sample.ts";
import type { ChunkOptions, ReadHint, RemoteReader, RemoteStat } from "./remote.ts";
import { remoteError } from "./status.ts";
import { createStripes } from "./stripes.ts";

/** OPEN; undefined if it isn't there. */
const openFile = async (connection: Connection, path: string): Promise<Buffer | undefined> => {
  try {
    return await openHandle(connection, () => connection.main.open("open for reading", path, openFlags.read));
  } catch (error) {
    if (error instanceof RemoteError && error.kind === "missing") return undefined;
    throw error;
  }
};

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
  const { main, budget, partner } = connection;
  const deed = { partner, action: "read", path };
  const handle = await openFile(connection, path);
  if (handle === undefined) return undefined;

  const sample = createSample(path, connection);
  const stripes = createStripes(connection, channels, path, handle, async (channel) => {
    const further = await channel.open("open for reading", path, openFlags.read);
    if (await sample.isSame(channel, further, stat).catch(() => false)) return further;
    await channel.closeHandle(further, path);
    return undefined;
  });
  const { sure = false } = hint ?? {};
  /** What is told counts only where it is right. */
  const isExact = () => sure || connection.traits.can("exact_sizes") !== false;
  const ahead = isExact() ? hint?.size : undefined;
  const leave = budget.enter(ahead ?? Number.POSITIVE_INFINITY);
  const looks = createLooks(connection, handle, path);
  const blocks = createBlocks(connection, stripes, path);

  const blockOf = (bytes: number, end: number) =>
    blocks.start(0, blocks.reserve(Math.min(bytes, main.readBytes), true), end);
  let first: Block | undefined;
  // What is tried one by one isn't sent before anybody knows how the file is read.
  const { trial } = connection;
  const isTried = (bytes: number) =>
    trial.endIsTried !== undefined || trial.next("read", Math.min(bytes, main.readBytes)) !== undefined;
  if (ahead !== undefined && !isTried(ahead + 1)) {
    first = blockOf(
      connection.traits.can("reads_past_end") === false ? Math.max(ahead, 1) : wholePages(ahead + 1),
      ahead,
    );
    if (connection.inOrder && ahead < first.length) looks.sendEarly();
  }

  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= (async () => {
      leave();
      sample.end();
      if (first !== undefined) blocks.abandon(first);
      first = undefined;
      // What a server says to the CLOSE of a file that was only read changes nothing.
      await stripes.close().catch(() => {});
    })();
    return closing;
  };

  let stat: RemoteStat;
  let size: number | undefined;
  try {
    stat = await looks.atOpen;
    if (stat.kind === "directory") throw remoteError("failure", deed, "it is a directory");
    if (sure) size = hint?.size;
    else if (isExact()) size = stat.size ?? (await looks.path(false))?.size ?? hint?.size;
  } catch (error) {
    void close();
    throw error;
  }

  let onlyFirst = false;
  async function* chunks(offset: number, { reuse = false }: ChunkOptions = {}): AsyncGenerator<Buffer> {
    const given = first;
    first = undefined;
    sample.from(offset);
    try {
      yield* readChunks(
        { connection, stripes, blocks, looks, deed, stat, size },
        {
          offset,
          reuse,
          first: given,
          began: sample.take,
          startedWith: (only) => {
            onlyFirst = only;
          },
        },
      );
    } catch (error) {
      // Some servers give nothing of a file any more once its handle was looked at.
      if (stat === noAnswer && isRefusal(error) && error.kind !== "changed")
        connection.traits.learn("fstat", false, `it was refused, and then the reading: ${error.message}`);
      throw error;
    }
  }

  return {
    stat,
    size,
    chunks,
    restat: () => looks.handle(onlyFirst),
    restatPath: () => looks.path(onlyFirst),
    endsAt: (bytes) => blocks.few(bytes).then(({ length }) => length === 0, ifRefused(true)),
    close,
  };
};
