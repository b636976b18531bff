/** The SHA-256 of a copy that went on where an earlier run had stopped: its object is in S3, and read once more. */
import type { Entry, Progress } from "../journal/entry.ts";
import { isUnreadable } from "../s3/missing.ts";
import type { ObjectPlace, OpenObject } from "../s3/objects.ts";
import { agree } from "../sftp/attributes.ts";
import { isRefusal } from "../sftp/errors.ts";
import type { RemoteStat } from "../sftp/remote.ts";
import { VerificationError } from "../transfer/errors.ts";
import { type SumAgain, sumAgain } from "../transfer/sum-again.ts";
import type { PullContext } from "./context.ts";
import { mayBe } from "./identity.ts";

interface Completed extends Progress {
  readonly completed: string;
  readonly bytes: number;
}

/** Is the object in S3, and only its SHA-256 to be found out? */
export const isCompleted = (progress: Progress | undefined): progress is Completed =>
  progress?.phase === "copying" && progress.completed !== undefined && progress.bytes !== undefined;

/** The bytes can't be had from there, and won't be later. */
class Unreadable extends Error {
  override readonly name = "Unreadable";
}

const unlessUnreadable = (error: unknown): undefined => {
  if (!(error instanceof Unreadable)) throw error;
  return undefined;
};

/**
 * Whoever waits for the object may have taken it by now, or nobody may read it: then the partner's file tells, as long as it is
 * the same version. `sha256` is undefined where neither has the bytes. Throws OutOfTime, and what S3 and the partner fail with for now.
 */
export const sumOfCopy = async (
  known: Entry,
  place: ObjectPlace,
  context: PullContext,
): Promise<{ readonly entry: Entry; readonly sha256: string | undefined }> => {
  const { journal, log } = context;
  if (!isCompleted(known.progress)) throw new Error("only a completed copy is read once more");
  const { completed, bytes: size } = known.progress;
  let entry = known;
  const save: SumAgain["save"] = async (summed, isLast) => {
    const { progress } = entry;
    if (!progress) throw new Error("an active pull has its progress");
    entry = await journal.update(entry, {
      ...(isLast && { state: "pending", attempts: Math.max(entry.attempts - 1, 0) }),
      progress: { ...progress, summed },
    });
  };
  const sum = async (what: string, read: SumAgain["read"]): Promise<string> => {
    const from = entry.progress?.summed;
    return (await sumAgain({ from, size, what: `Stream ${known.stream}: ${what}`, read, save }, context)).sha256;
  };

  const inS3 = `s3://${place.bucket}/${place.key}`;
  let open: OpenObject | undefined;
  const ofObject = sum(inS3, async (offset) => {
    open = await openCopy(place, completed, offset, context);
    return open.body;
  });
  let sha256 = await ofObject.catch(unlessUnreadable).finally(() => open?.discard());
  if (sha256 !== undefined) return { entry, sha256 };

  sha256 = await sumAtPartner(known, size, sum, context).catch(unlessUnreadable);
  const fields = { destination: inS3, source: known.source_location, bytes: size };
  if (sha256 === undefined)
    log.warn(
      "A copy's SHA-256 isn't known: it went on where an earlier run had stopped, and neither its object nor the partner's file can be read once more. S3 has checked each part of it",
      fields,
    );
  else log.info("A copy can't be read in S3 any more; its SHA-256 is that of the partner's file", fields);
  return { entry, sha256 };
};

/** The object that was completed, from `offset` on. Throws Unreadable if it is another one by now, gone, or not to be read. */
const openCopy = async (
  place: ObjectPlace,
  etag: string,
  offset: number,
  { objects, signal }: PullContext,
): Promise<OpenObject> => {
  let open: OpenObject | undefined;
  try {
    open = await objects.get(place, { ...(etag !== "" && { etag }), offset, signal });
  } catch (error) {
    if (!isUnreadable(error)) throw error;
  }
  if (open && (etag === "" || open.etag === etag)) return open;
  open?.discard();
  throw new Unreadable(`s3://${place.bucket}/${place.key} can't be read once more`);
};

/** The SHA-256 of the partner's file. Throws Unreadable if it isn't the version that was copied, before and behind the reading. */
const sumAtPartner = async (
  { source_location: location, progress }: Entry,
  size: number,
  sum: (what: string, read: SumAgain["read"]) => Promise<string>,
  { remote }: PullContext,
): Promise<string> => {
  const isCopied = (stat: RemoteStat): boolean => mayBe(stat, progress?.identity ?? "");
  const other = new Unreadable(`${location} isn't what was copied any more`);
  const reader = await remote.openRead(location, { size }).catch((error: unknown) => {
    throw isRefusal(error) ? other : error;
  });
  if (!reader || !isCopied(reader.stat)) throw other;
  try {
    const sha256 = await sum(location, async (offset) => reader.chunks(offset, { reuse: true }));
    const [handle, path] = await Promise.all([reader.restat(), reader.restatPath()]);
    if (!agree(handle, reader.stat) || (path !== undefined && !isCopied(path))) throw other;
    return sha256;
  } catch (error) {
    throw error instanceof VerificationError ? other : error;
  } finally {
    void reader.close().catch(() => {});
  }
};
