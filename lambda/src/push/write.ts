/** The bytes of one upload, with a record of how far they came: every half minute, and when time is up. */
import type { Entry } from "../journal/entry.ts";
import type { OpenObject } from "../s3/objects.ts";
import type { RemoteStat, RemoteWriter } from "../sftp/remote.ts";
import { isHelperLost, OutOfTime, reasonOf } from "../transfer/errors.ts";
import type { Hasher } from "../transfer/hash.ts";
import type { PushContext } from "./context.ts";

interface Upload {
  readonly source: OpenObject;
  readonly writer: RemoteWriter;
  /** Has the bytes before `offset`. */
  readonly hasher: Hasher;
  readonly offset: number;
}

/** How long the last answers are waited for when time is up: what is on its way to a slow partner may take minutes. */
export const patience = 1_000;

/**
 * States of the hash at some bytes on the way: the writer takes megabytes before they are acknowledged, and a transfer can
 * only go on from a byte that is acknowledged and whose hash is known.
 */
const trackMarks = ({ writer, hasher }: Upload, every: number) => {
  let marks: { readonly bytes: number; readonly state: string }[] = [];
  let last = 0;
  return {
    /** The hash is at exactly so many bytes. */
    at(bytes: number, always = false): void {
      if (!always && bytes - last < every) return;
      const state = hasher.save();
      if (state === undefined) return;
      last = bytes;
      marks.push({ bytes, state });
    },
    /** The furthest mark that is acknowledged. */
    reached() {
      const behind = marks.filter(({ bytes }) => bytes <= writer.acknowledged);
      const best = behind.at(-1);
      if (best) marks = marks.slice(behind.length - 1);
      return best;
    },
  };
};

/**
 * Writes the source behind what is there and closes the file; returns its bytes up to its end, what the server says of it,
 * and the entry as it is then.
 */
export const writeAll = async (
  known: Entry,
  upload: Upload,
  context: PushContext,
): Promise<{ readonly entry: Entry; readonly bytes: number; readonly closed: RemoteStat | undefined }> => {
  const { source, writer, hasher } = upload;
  const { clock, journal, signal, sizes, push } = context;
  const marks = trackMarks(upload, sizes.mark);
  let entry = known;
  let bytes = upload.offset;
  let saved = clock.steady();
  /** Is the hash at exactly the bytes that the writer was given? */
  let even = true;

  const save = async (changes: Partial<Entry>): Promise<void> => {
    const reached = marks.reached();
    const { progress } = entry;
    saved = clock.steady();
    if (!progress || !reached || reached.bytes <= (progress.checkpoint ?? 0)) return;
    entry = await journal.update(entry, {
      ...changes,
      progress: { ...progress, renamed_from: undefined, checkpoint: reached.bytes, hash_state: reached.state },
    });
  };

  try {
    for await (const chunk of source.body) {
      signal.throwIfAborted();
      even = false;
      hasher.update(chunk);
      bytes += chunk.byteLength;
      marks.at(bytes);
      await writer.write(chunk);
      even = true;
      if (push.upload === "atomic" && clock.steady() - saved >= sizes.checkpointEvery) await save({});
    }
    // The last megabytes may take a slow partner longer than there is time.
    if (bytes > sizes.quick) marks.at(bytes, true);
    const closed = await unlessStopped(writer.close(), signal);
    return { entry, bytes, closed: closed ?? undefined };
  } catch (error) {
    const goesOn = reasonOf(error, signal) instanceof OutOfTime || isHelperLost(error, context.remote);
    if (goesOn && push.upload === "atomic") {
      if (even) marks.at(bytes, true);
      await within(patience, writer.flush());
      await save({ state: "pending", attempts: Math.max(entry.attempts - 1, 0) });
    }
    throw error;
  }
};

const unlessStopped = <T>(work: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
    if (signal.aborted) stop();
  });

/** Waits for something that may as well fail, but not for ever. Milliseconds. */
export const within = async (milliseconds: number, work: Promise<unknown>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work.then(() => {}).catch(() => {}), end]);
  clearTimeout(timer);
};
