/** The bytes of one upload, with a record of how far they came: every half minute, and when time is up. */
import { unlessAborted } from "../concurrency/unless-aborted.ts";
import { within } from "../concurrency/within.ts";
import type { Entry } from "../journal/entry.ts";
import type { OpenObject } from "../s3/objects.ts";
import type { RemoteStat, RemoteWriter } from "../sftp/remote.ts";
import { isHelperLost, isLost, OutOfTime, reasonOf } from "../transfer/errors.ts";
import type { Hasher } from "../transfer/hash.ts";
import type { PushContext } from "./context.ts";

interface Upload {
  readonly source: OpenObject;
  readonly writer: RemoteWriter;
  /** Takes what is written; undefined where it began in an earlier run, so that the file is hashed when it is whole. */
  readonly hasher: Hasher | undefined;
  readonly offset: number;
}

/** How long the last answers are waited for when time is up: what is on its way to a slow partner may take minutes. */
export const patience = 1_000;

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
  /** Sending it once more costs less than going on. It may be one that a slow partner needs several attempts for. */
  const isQuick = known.attempts <= 1 && source.size <= sizes.quick;
  let entry = known;
  let bytes = upload.offset;
  let saved = clock.steady();

  const save = async (changes: Partial<Entry>): Promise<void> => {
    const { progress } = entry;
    const { acknowledged } = writer;
    saved = clock.steady();
    if (!progress || isQuick || acknowledged <= (progress.checkpoint ?? 0)) return;
    entry = await journal.update(entry, {
      ...changes,
      progress: { ...progress, renamed_from: undefined, checkpoint: acknowledged },
    });
  };

  try {
    for await (const chunk of source.body) {
      signal.throwIfAborted();
      hasher?.update(chunk);
      bytes += chunk.byteLength;
      await writer.write(chunk);
      if (push.upload === "atomic" && clock.steady() - saved >= sizes.checkpointEvery) await save({});
    }
    const closed = await unlessAborted(writer.close(), signal);
    return { entry, bytes, closed: closed ?? undefined };
  } catch (error) {
    const goesOn = reasonOf(error, signal) instanceof OutOfTime || isHelperLost(error, context.remote);
    // A server may end each connection after so many bytes or minutes: then every attempt has to get further than the last.
    if (!goesOn && push.upload === "atomic" && isLost(reasonOf(error, signal))) await save({}).catch(() => {});
    if (goesOn && push.upload === "atomic") {
      await within(patience, writer.flush());
      await save({ state: "pending", attempts: Math.max(entry.attempts - 1, 0) });
    }
    throw error;
  }
};
