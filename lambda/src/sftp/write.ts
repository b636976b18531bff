import { noteMoved } from "../memory/collector.ts";
import { openFlags } from "./channel.ts";
import type { Channels } from "./channels.ts";
import { createPieces } from "./chunker.ts";
import type { Connection } from "./connection.ts";
import { type Directories, parentOf } from "./directories.ts";
import { RemoteError } from "./errors.ts";
import { fsync, isDiskFull } from "./extensions.ts";
import type { RemoteStat, RemoteWriter, WriteOptions } from "./remote.ts";
import { lookAt } from "./stat.ts";
import { remoteError } from "./status.ts";
import { createLanes } from "./stripes.ts";

const flags: Readonly<Record<WriteOptions["mode"], number>> = {
  create: openFlags.write | openFlags.create | openFlags.exclusive,
  replace: openFlags.write | openFlags.create | openFlags.truncate,
  resume: openFlags.write,
};

/** Longest name that common file systems take. Bytes. */
const maxNameBytes = 255;

/** OPEN's refusal, as exactly as the server's side can be made to tell. */
const explain = async (
  connection: Connection,
  directories: Directories,
  path: string,
  mode: WriteOptions["mode"],
  error: unknown,
) => {
  if (!(error instanceof RemoteError)) return error;
  const deed = { partner: connection.partner, action: "open for writing", path };
  if (error.kind === "missing") {
    directories.forget(parentOf(path));
    return mode === "resume" ? error : remoteError("missing", deed, "its directory is not there", undefined, error);
  }
  if (error.kind !== "failure") return error;
  if (mode === "create" && (await lookAt(connection.main, path).catch(() => undefined)) !== undefined)
    return remoteError("exists", deed, "that name is taken", undefined, error);
  if (Buffer.byteLength(path.slice(path.lastIndexOf("/") + 1)) > maxNameBytes)
    return remoteError(
      "failure",
      deed,
      `the name has more than ${maxNameBytes} bytes`,
      "Most servers take no longer ones",
      error,
    );
  return await tellFull(connection, path, error);
};

/** OpenSSH says "Failure" when the disk is full: asks how much room is left. */
const tellFull = async ({ main, partner }: Connection, path: string, error: RemoteError): Promise<RemoteError> => {
  if (error.kind !== "failure") return error;
  const isFull = await isDiskFull(main, parentOf(path) || ".").catch(() => undefined);
  return isFull === true
    ? remoteError("full", { partner, action: "write", path }, "no space is left", undefined, error)
    : error;
};

/**
 * Opens a file for writing. Nothing but OPEN, WRITE and CLOSE is sent, since some servers refuse every SETSTAT. Throws
 * `exists` if a file that should be created is there, and `missing` if its directory isn't.
 */
export const openWrite = async (
  connection: Connection,
  channels: Channels,
  directories: Directories,
  path: string,
  { mode, offset = 0, size = 0 }: WriteOptions,
): Promise<RemoteWriter> => {
  const { main, budget, handles, limits } = connection;
  await handles.take(1);
  let handle: Buffer;
  try {
    handle = await main.open("open for writing", path, flags[mode]);
  } catch (error) {
    handles.give(1);
    throw await explain(connection, directories, path, mode, error);
  }

  const leave = budget.enter(size > 0 ? size - offset : Number.POSITIVE_INFINITY);
  // A file that is written under its final name can't be fenced: one connection, so that nothing comes late from another.
  const alone = mode === "replace";
  const lanes = createLanes(
    connection,
    channels,
    path,
    handle,
    (channel) => channel.open("open for writing", path, openFlags.write),
    { alone },
  );
  const pieces = createPieces(main.writeBytes, Math.max(size - offset, 0) || undefined);
  /** Ends of what was acknowledged behind a gap, by their start. */
  const islands = new Map<number, number>();
  const unanswered = new Set<Promise<void>>();
  let acknowledged = offset;
  let position = offset;
  let inFlight = 0;
  let failure: RemoteError | undefined;
  let explained: Promise<RemoteError> | undefined;
  let wake: (() => void)[] = [];

  const acknowledge = (start: number, end: number) => {
    islands.set(start, end);
    for (let next = islands.get(acknowledged); next !== undefined; next = islands.get(acknowledged)) {
      islands.delete(acknowledged);
      acknowledged = next;
    }
  };
  const fail = (error: unknown) => {
    failure ??=
      error instanceof RemoteError
        ? error
        : remoteError("failure", { partner: connection.partner, action: "write", path }, String(error));
  };
  const check = async () => {
    if (failure === undefined) return;
    explained ??= tellFull(connection, path, failure);
    throw await explained;
  };

  const send = async (piece: Buffer) => {
    const known = Math.max(position, size) - offset;
    if (known >= limits.spreadBytes) lanes.spread(known);
    const start = position;
    position += piece.length;
    const isFull = () =>
      inFlight + piece.length > lanes.window || unanswered.size >= limits.requestsPerChannel * lanes.count;
    while (failure === undefined && inFlight > 0 && isFull()) await new Promise<void>((resolve) => wake.push(resolve));
    const wait = budget.take(piece.length);
    if (wait !== undefined) await wait;
    inFlight += piece.length;
    const lane = lanes.idlest();
    lane.busy += piece.length;
    // ssh2 copies the bytes before it returns; the piece's memory is somebody else's from then on.
    const { length } = piece;
    const answer = lane.channel
      .write(lane.handle, path, piece, start)
      .then(() => acknowledge(start, start + length), fail)
      .finally(() => {
        unanswered.delete(answer);
        budget.give(length);
        noteMoved(length);
        inFlight -= length;
        lane.busy -= length;
        const woken = wake;
        wake = [];
        for (const resolve of woken) resolve();
      });
    unanswered.add(answer);
  };
  const sendRest = async () => {
    const rest = pieces.rest();
    if (rest !== undefined && failure === undefined) await send(rest).catch(fail);
  };

  const finish = async (): Promise<RemoteStat | undefined> => {
    await sendRest();
    // Another lane's writes aren't before this one's FSTAT, whatever the server's order.
    if (lanes.count > 1) await Promise.all(unanswered);
    const stat = failure === undefined ? main.fstat(handle, path).catch(() => undefined) : Promise.resolve(undefined);
    const closed = lanes.close().catch(fail);
    leave();
    await Promise.all([...unanswered, closed]);
    await check();
    const told = await stat;
    if (told === undefined || told.size === position) return told;
    // A server that works on several requests at once may have looked too early.
    return connection.inOrder ? told : await main.stat(path).catch(() => undefined);
  };
  let finished: Promise<RemoteStat | undefined> | undefined;

  return {
    get acknowledged() {
      return acknowledged;
    },
    async write(chunk) {
      await check();
      for (const piece of pieces.add(chunk)) {
        await send(piece);
        await check();
      }
    },
    async flush() {
      await sendRest();
      await Promise.all(unanswered);
      await check();
      await Promise.all(lanes.all.map((lane) => fsync(lane.channel, lane.handle, path)));
    },
    close() {
      finished ??= finish();
      return finished;
    },
  };
};
