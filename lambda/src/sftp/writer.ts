import { noteMoved } from "../memory/collector.ts";
import { createAcknowledged } from "./acknowledged.ts";
import { createPieces } from "./chunker.ts";
import type { Connection } from "./connection.ts";
import { fewRequests } from "./crowd.ts";
import { explainFullDisk } from "./disk-full.ts";
import { type Care, isRefusal, RemoteError, TooBold } from "./errors.ts";
import { fsync } from "./extensions.ts";
import type { Witness } from "./proof.ts";
import type { RemoteStat, RemoteWriter } from "./remote.ts";
import type { SeveralHandles } from "./several-handles.ts";
import { remoteError } from "./status.ts";
import type { Stripes } from "./stripes.ts";
import { leastBytes } from "./trial.ts";

export interface Upload {
  readonly path: string;
  /** Where writing begins. */
  readonly offset: number;
  /** Bytes that the file will have; 0 if that isn't known. */
  readonly size: number;
  readonly care: Care | undefined;
  readonly several: SeveralHandles;
  readonly witness: Witness;
}

/** The first failure of a file's writes, which all that follows throws. */
const createFailure = (connection: Connection, path: string) => {
  let failure: RemoteError | undefined;
  let explained: Promise<RemoteError> | undefined;
  return {
    get happened() {
      return failure !== undefined;
    },
    note(error: unknown) {
      failure ??=
        error instanceof RemoteError
          ? error
          : remoteError("failure", { partner: connection.partner, action: "write", path }, String(error));
    },
    async check() {
      if (failure === undefined) return;
      explained ??= explainFullDisk(connection, path, failure);
      throw await explained;
    },
  };
};

/** Writes of a file at one time; as many as there is room for with any other care. */
const mostWith: { readonly [C in Care]?: number } = {
  "few-requests": fewRequests,
  "one-request": 1,
  "small-requests": fewRequests,
};

/** Sends pieces, as many at one time as the window and the connection's budget allow. */
const createSender = (connection: Connection, stripes: Stripes, upload: Upload) => {
  const { path, offset, size, several, witness } = upload;
  const { budget, limits, traits } = connection;
  const failure = createFailure(connection, path);
  const acknowledged = createAcknowledged(offset);
  const unanswered = new Set<Promise<void>>();
  let position = offset;
  let isClosing = false;
  let inFlight = 0;
  let wake: (() => void)[] = [];
  const isOneByOne = traits.can("pipelined_writes") === false && upload.care !== "small-requests";
  const care = isOneByOne ? "one-request" : upload.care;
  const atOnce = (care && mostWith[care]) ?? Number.POSITIVE_INFINITY;
  /** Fewer writes at one time were tried. */
  const isCareful = care === "one-request" || care === "small-requests";
  let largest = 0;
  const mostRequests = () =>
    Math.min(limits.requestsPerChannel * stripes.count, atOnce, traits.limit("requests") ?? Number.POSITIVE_INFINITY);

  /** A refusal that more care may spare; the others as they are. */
  const judge = (error: unknown): unknown => {
    if (!(error instanceof RemoteError) || error.kind === "full") return error;
    if (error.kind === "lost") {
      several.lost();
      return error;
    }
    if (stripes.count > 1) return new TooBold(error, "one-handle");
    // Those of other files count as well: a small file's only write may be the one too many.
    const isCrowd = connection.requests.waiting >= fewRequests;
    if (isCrowd) connection.crowd.refused();
    if (isCrowd && !isCareful) return new TooBold(error, "few-requests");
    // The file may have been closed before this write's turn came.
    if (isClosing) return new TooBold(error, "late-close");
    if (unanswered.size > 1 && !isCareful) return new TooBold(error, "one-request");
    return largest > leastBytes ? new TooBold(error, "small-requests") : error;
  };

  const send = async (piece: Buffer) => {
    const known = Math.max(position, size) - offset;
    if (several.allowed && known >= limits.spreadBytes) stripes.spread(known);
    const start = position;
    position += piece.length;
    largest = Math.max(largest, piece.length);
    const isFull = () => inFlight + piece.length > stripes.window || unanswered.size >= mostRequests();
    while (!failure.happened && inFlight > 0 && isFull()) await new Promise<void>((resolve) => wake.push(resolve));
    const wait = budget.take(piece.length);
    if (wait !== undefined) await wait;
    inFlight += piece.length;
    const stripe = stripes.idlest();
    stripe.busy += piece.length;
    // The bytes are copied before it returns; the piece's memory is somebody else's from then on.
    const { length } = piece;
    const isFirst = stripe === stripes.main;
    several.wrote(piece, isFirst);
    const seen = several.allowed && isFirst ? witness.sent(start, piece) : undefined;
    const answer = stripe.channel
      .write(stripe.handle, path, piece, start)
      .then(
        () => {
          acknowledged.add(start, start + length);
          seen?.();
        },
        (error: unknown) => failure.note(judge(error)),
      )
      .finally(() => {
        unanswered.delete(answer);
        budget.give(length);
        noteMoved(length);
        inFlight -= length;
        stripe.busy -= length;
        const woken = wake;
        wake = [];
        for (const resolve of woken) resolve();
      });
    unanswered.add(answer);
  };

  return {
    failure,
    acknowledged,
    unanswered,
    send,
    /** CLOSE is sent before all writes are answered. */
    closes() {
      isClosing = true;
    },
    /** Bytes that the file has once all are acknowledged. */
    get position() {
      return position;
    },
  };
};

/** What writes a file over its stripes, and closes them. */
export const createWriter = (connection: Connection, stripes: Stripes, upload: Upload): RemoteWriter => {
  const { main, budget } = connection;
  const { path, offset, size, several } = upload;
  const leave = budget.enter(size > 0 ? size - offset : Number.POSITIVE_INFINITY);
  const most = upload.care === "small-requests" ? Math.min(main.writeBytes, leastBytes) : main.writeBytes;
  const pieces = createPieces(most, Math.max(size - offset, 0) || undefined);
  const sender = createSender(connection, stripes, upload);
  const { failure, unanswered } = sender;
  /** CLOSE was refused, after all that was written was acknowledged. */
  let unclosed: RemoteError | undefined;

  /** What is tried goes by itself: a small write, then a large one. */
  const sendPiece = async (piece: Buffer) => {
    for (let from = 0; from < piece.length && !failure.happened; ) {
      const tried = connection.trial.next("write", piece.length - from);
      const length = tried === "small" ? leastBytes : piece.length;
      await sender.send(piece.subarray(from, from + length));
      from += length;
      if (tried !== undefined) await Promise.all(unanswered);
    }
  };
  const sendRest = async () => {
    const rest = pieces.rest();
    if (rest !== undefined && !failure.happened) await sendPiece(rest).catch(failure.note);
  };

  const finish = async (): Promise<RemoteStat | undefined> => {
    await sendRest();
    // Another stripe's writes aren't before this one's FSTAT, whatever the server's order; nor are anybody's on servers that close a
    // file at once, and write what came before in their own time.
    const isLate = upload.care !== undefined || connection.traits.can("pipelined_close") === false;
    if (stripes.count > 1 || isLate) await Promise.all(unanswered);
    else sender.closes();
    let refusal: unknown;
    const stat = failure.happened
      ? Promise.resolve(undefined)
      : main.fstat(stripes.main.handle, path).catch((error: unknown) => {
          refusal = error;
          return undefined;
        });
    const closed = stripes
      .close(sender.position)
      .catch((error: unknown) => {
        // Of a server that isn't known for files in a file system, the content is the last word.
        if (isRefusal(error) && error.kind !== "full" && !connection.fileHandles && !failure.happened) unclosed = error;
        else failure.note(error);
      })
      .finally(several.end);
    leave();
    await Promise.all([...unanswered, closed]);
    await failure.check();
    if (unclosed !== undefined) {
      const why = await explainFullDisk(connection, path, unclosed);
      if (why.kind === "full") throw why;
    }
    const told = await stat;
    if (connection.fileHandles && told?.size === sender.position) return told;
    // What a handle tells before CLOSE isn't the file's last word: servers convert line ends, unpack or cut short what is
    // closed, and some that work on several requests at once may have looked too early.
    const after = await main.stat(path).catch((error: unknown) => {
      // Some take any refused request for a transfer that failed, and put the file away.
      if (isRefusal(refusal) && isRefusal(error) && error.kind === "missing")
        connection.traits.learn("fstat", false, `an upload was gone once it was refused: ${refusal.message}`);
      if (unclosed !== undefined && isRefusal(error) && error.kind === "missing") throw unclosed;
      return undefined;
    });
    return after ?? told;
  };
  let finished: Promise<RemoteStat | undefined> | undefined;

  return {
    get doubt() {
      if (unclosed === undefined) return several.doubt;
      return { ...several.doubt, reason: `its CLOSE was refused: ${unclosed.message}`, unless: unclosed };
    },
    get acknowledged() {
      return sender.acknowledged.bytes;
    },
    async write(chunk) {
      await failure.check();
      for (const piece of pieces.add(chunk)) {
        await sendPiece(piece);
        await failure.check();
      }
    },
    async flush() {
      await sendRest();
      await Promise.all(unanswered);
      await failure.check();
      await Promise.all(stripes.all.map((stripe) => fsync(stripe.channel, stripe.handle, path)));
    },
    close() {
      finished ??= finish();
      return finished;
    },
  };
};
