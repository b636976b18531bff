/** An object that lies under a pulled file's key already (`pull.on_exists`): what this very copy hasn't put there stays. */
import type { Entry } from "../journal/entry.ts";
import { ObjectExists, type ObjectPlace, type Only } from "../s3/objects.ts";
import { discardStaged } from "../staging/staged.ts";
import type { Outcome } from "../transfer/context.ts";
import { RefusedError, VerificationError } from "../transfer/errors.ts";
import type { PullContext } from "./context.ts";
import { metadataFor } from "./metadata.ts";
import { abortUploads } from "./uploads.ts";

/** The key has somebody else's object by now. */
export class KeyTaken extends Error {
  override readonly name = "KeyTaken";
  readonly place: ObjectPlace;

  constructor(place: ObjectPlace) {
    super(`s3://${place.bucket}/${place.key} has another object by now`);
    this.place = place;
  }
}

/** By which an attempt that died is known again: another copy of the same version is another one. */
const marks = ["synched-by", "synched-as", "sftp-version", "sftp-copy"] as const;

/** What may be replaced under the key; "taken": what lies there may not. */
const standing = async (entry: Entry, place: ObjectPlace, { objects }: PullContext): Promise<Only | "taken"> => {
  const there = await objects.head(place);
  if (there === undefined) return "absent";
  const { progress } = entry;
  const own = progress && metadataFor(entry, place, progress.identity);
  return own && marks.every((name) => there.metadata[name] === own[name]) ? { etag: there.etag } : "taken";
};

/** Is there an object that may not be replaced? */
export const isInTheWay = async (entry: Entry, place: ObjectPlace, context: PullContext): Promise<boolean> =>
  context.pull.onExists !== undefined && (await standing(entry, place, context)) === "taken";

/** Times that others may put and remove objects there in between. */
const turns = 5;

/**
 * Has the object written in such a way that it replaces nothing but what an earlier attempt of the same copy wrote. S3 decides that as it writes, so
 * nobody comes between. Throws KeyTaken.
 */
export const showNew = async <T>(
  entry: Entry,
  place: ObjectPlace,
  context: PullContext,
  write: (only?: Only) => Promise<T>,
): Promise<T> => {
  if (context.pull.onExists === undefined) return write();
  let only: Only = "absent";
  for (let turn = 0; ; turn++) {
    try {
      return await write(only);
    } catch (error) {
      if (!(error instanceof ObjectExists) || turn >= turns) throw error;
      const found = await standing(entry, place, context);
      if (found === "taken") throw new KeyTaken(place);
      only = found;
    }
  }
};

/**
 * How a file ends whose key is taken. What is skipped stays at the partner whatever `after` says, as nobody has a copy of it. Throws RefusedError and
 * VerificationError where that is a failure.
 */
export const endTaken = async (entry: Entry, place: ObjectPlace, context: PullContext): Promise<Outcome> => {
  const { stream, pull, journal, clock } = context;
  const what = `Stream ${stream.name}: s3://${place.bucket}/${place.key} is there already`;
  if (pull.onExists === "number")
    throw new VerificationError(`${what} since the name of ${entry.source_location} was decided; it gets another one`);
  if (pull.onExists === "fail")
    throw new RefusedError(
      `${what}, and isn't replaced by ${entry.source_location} (pull.on_exists = "fail"), which stays at the partner. It is pulled once that object is gone; "bridge skip" does without`,
    );
  await abortUploads(entry, place, context);
  await discardStaged(entry.progress?.staged, context);
  const message = `${what} (pull.on_exists = "skip")`;
  const last_error = { kind: "exists", message, at: new Date(clock.wall()).toISOString() };
  await journal.update(entry, {
    state: "skipped",
    gate: undefined,
    progress: undefined,
    replay: undefined,
    last_error,
  });
  return { result: "taken", bytes: 0 };
};
