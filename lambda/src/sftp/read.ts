import { noAnswer } from "./attributes.ts";
import { openFlags, wholePages } from "./channel.ts";
import type { Channels } from "./channels.ts";
import type { Connection } from "./connection.ts";
import { ifRefused, isRefusal, RemoteError } from "./errors.ts";
import { openHandle } from "./open-handle.ts";
import { type Block, type Blocks, createBlocks } from "./read-blocks.ts";
import { readChunks } from "./read-chunks.ts";
import { createLooks, type Looks } from "./read-looks.ts";
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

/** The first READ of a file of so many bytes, sent together with the FSTAT; undefined where it isn't known that the server bears it. */
const sendFirst = (
  { main, trial, traits, inOrder }: Connection,
  blocks: Blocks,
  looks: Looks,
  bytes: number,
): Block | undefined => {
  // What is tried one by one isn't sent before anybody knows how the file is read.
  if (trial.endIsTried !== undefined || trial.next("read", Math.min(bytes + 1, main.readBytes)) !== undefined)
    return undefined;
  const wanted = traits.can("reads_past_end") === false ? Math.max(bytes, 1) : wholePages(bytes + 1);
  const first = blocks.start(0, blocks.reserve(Math.min(wanted, main.readBytes), true), bytes);
  if (inOrder && bytes < first.length) looks.sendEarly();
  return first;
};

/** What is told counts only where it is right. */
const isExact = ({ traits }: Connection, hint: ReadHint | undefined): boolean =>
  hint?.sure === true || traits.can("exact_sizes") !== false;

/** What the open file's attributes are, and its size as far as it is told. Throws RemoteError for a directory. */
const lookAt = async (
  connection: Connection,
  looks: Looks,
  path: string,
  hint: ReadHint | undefined,
): Promise<{ readonly stat: RemoteStat; readonly size: number | undefined }> => {
  const stat = await looks.atOpen;
  if (stat.kind === "directory")
    throw remoteError("failure", { partner: connection.partner, action: "read", path }, "it is a directory");
  if (hint?.sure) return { stat, size: hint.size };
  if (!isExact(connection, hint)) return { stat, size: undefined };
  return { stat, size: stat.size ?? (await looks.path(false))?.size ?? hint?.size };
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
  const handle = await openFile(connection, path);
  if (handle === undefined) return undefined;

  const sample = createSample(path, connection);
  const stripes = createStripes(connection, channels, path, handle, async (channel) => {
    const further = await channel.open("open for reading", path, openFlags.read);
    if (await sample.isSame(channel, further, looked.stat).catch(() => false)) return further;
    await channel.closeHandle(further, path);
    return undefined;
  });
  const ahead = isExact(connection, hint) ? hint?.size : undefined;
  const leave = connection.budget.enter(ahead ?? Number.POSITIVE_INFINITY);
  const looks = createLooks(connection, handle, path);
  const blocks = createBlocks(connection, stripes, path);
  let first = ahead === undefined ? undefined : sendFirst(connection, blocks, looks, ahead);

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
  const looked = await lookAt(connection, looks, path, hint).catch((error: unknown) => {
    void close();
    throw error;
  });
  const { stat, size } = looked;

  let onlyFirst = false;
  async function* chunks(offset: number, { reuse = false }: ChunkOptions = {}): AsyncGenerator<Buffer> {
    const given = first;
    first = undefined;
    sample.from(offset);
    const deed = { partner: connection.partner, action: "read", path };
    const startedWith = (only: boolean) => {
      onlyFirst = only;
    };
    try {
      yield* readChunks(
        { connection, stripes, blocks, looks, deed, stat, size },
        { offset, reuse, first: given, began: sample.take, startedWith },
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
