/** The bytes of one upload, with a record of how far they came: every half minute, and when time is up. */
import type { Entry } from "../journal/entry.ts";
import type { RemoteWriter } from "../sftp/remote.ts";
import { OutOfTime, reasonOf } from "../transfer/errors.ts";
import type { Hasher } from "../transfer/hash.ts";
import type { OpenObject } from "../transfer/objects.ts";
import type { PushContext } from "./push.ts";

interface Upload {
  readonly source: OpenObject;
  readonly writer: RemoteWriter;
  /** Has the bytes before `offset`. */
  readonly hasher: Hasher;
  readonly offset: number;
}

/** Writes the source behind what is there; returns the file's bytes up to its end, and the entry as it is then. */
export const writeAll = async (
  known: Entry,
  upload: Upload,
  context: PushContext,
): Promise<{ readonly entry: Entry; readonly bytes: number }> => {
  const { source, writer, hasher } = upload;
  const { clock, signal, sizes, push } = context;
  let entry = known;
  let bytes = upload.offset;
  let saved = clock.steady();
  /** Is the hash at exactly the bytes that the writer was given? */
  let even = true;
  try {
    for await (const chunk of source.body) {
      signal.throwIfAborted();
      even = false;
      hasher.update(chunk);
      bytes += chunk.byteLength;
      await writer.write(chunk);
      even = true;
      if (push.upload === "atomic" && clock.steady() - saved >= sizes.checkpointEvery) {
        entry = await saveCheckpoint(entry, upload, {}, context);
        saved = clock.steady();
      }
    }
    return { entry, bytes };
  } catch (error) {
    if (even && reasonOf(error, signal) instanceof OutOfTime && push.upload === "atomic") {
      const attempts = Math.max(entry.attempts - 1, 0);
      await saveCheckpoint(entry, upload, { state: "pending", attempts }, context);
    }
    throw error;
  }
};

/** What the server has acknowledged, and where it can made durable, is what a successor goes on behind. */
const saveCheckpoint = async (
  entry: Entry,
  { writer, hasher, offset }: Upload,
  changes: Partial<Entry>,
  { journal }: PushContext,
): Promise<Entry> => {
  const state = hasher.save();
  const { progress } = entry;
  if (state === undefined || !progress) return entry;
  await writer.flush();
  if (writer.acknowledged <= offset) return entry;
  return journal.update(entry, {
    ...changes,
    progress: { ...progress, renamed_from: undefined, checkpoint: writer.acknowledged, hash_state: state },
  });
};
