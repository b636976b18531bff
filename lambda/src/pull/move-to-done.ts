/** The move of a pulled file to `.done`, and what lies there afterwards. */
import type { Entry } from "../journal/entry.ts";
import { toldAnything } from "../sftp/attributes.ts";
import { isRefusal, RemoteError } from "../sftp/errors.ts";
import type { RemoteStat } from "../sftp/remote.ts";
import { assertLease } from "../transfer/assert-lease.ts";
import { directoryOf, joinRemote, nameOf } from "../transfer/paths.ts";
import type { PullContext } from "./context.ts";
import { donePathFor, stampOf, timeOfStamp } from "./done.ts";
import { doneDirectory, identityOfFile, mayBe } from "./identity.ts";
import { isWhatWasCopied } from "./moved.ts";
import { removeSource } from "./remove-source.ts";
import { isThere } from "./there.ts";

/** In messages. */
const whereTo = ({ pull }: PullContext): string => pull.archive?.directory ?? doneDirectory;

/** Another file has every name that this one could have in `.done`. */
const maxCollisions = 100;

/** The same for what a run that died has recorded: under a name of the stream's archive another file may lie by now. */
export const finishMoved = async (entry: Entry, path: string, context: PullContext): Promise<string | undefined> => {
  const isStamped = context.pull.archive === undefined && timeOfStamp(nameOf(path)) !== undefined;
  if (!isStamped && !(await (await import("./archive.ts")).mayBeOwn(entry, path, context))) return undefined;
  return lookAtMoved(entry, path, context);
};

/**
 * Looks at what lies in `.done` and returns its identity, if it is what was copied. If the partner replaced the file just
 * before it was moved, what lies there has not been read: back to where a poll finds it.
 */
const lookAtMoved = async (entry: Entry, path: string, context: PullContext): Promise<string | undefined> => {
  const { remote, clock, log } = context;
  const arrived = await remote.stat(path);
  if (!arrived || !toldAnything(arrived)) return undefined;
  if (await isWhatWasCopied(entry, path, arrived, context)) return identityOfFile(arrived);
  const source = entry.source_location;
  const back = (await remote.lstat(source))
    ? joinRemote(directoryOf(source), `${stampOf(clock.wall())}-${nameOf(source)}`)
    : source;
  await remote.move(path, back);
  log.warn(
    `The partner replaced a file while it was moved to ${whereTo(context)}; the new one is pulled with the next poll`,
    {
      path: back,
    },
  );
  return undefined;
};

/** What does without a directory whose name begins with a dot, which some servers let nobody make or use. */
const withOtherWays = (error: RemoteError, { pull }: PullContext): RemoteError =>
  new RemoteError(
    error.kind,
    `${error.message} ${
      pull.archive === undefined
        ? "If the server has no names that begin with a dot, pull.archive names another directory;"
        : "If nothing can be moved there,"
    } pull.after = "keep" leaves files where they are.`,
    { cause: error.cause, ...(error.path !== undefined && { path: error.path }) },
  );

/** Records the name before the rename, so that a successor finds the file wherever it is. */
export const moveToDone = async (
  copied: Entry,
  context: PullContext,
): Promise<{ readonly entry: Entry; readonly moved: string | undefined }> => {
  const { journal, remote, clock, pull } = context;
  let entry = copied;
  const source = entry.source_location;
  const archive = pull.archive && (await import("./archive.ts"));
  for (let turn = 0; turn < maxCollisions; turn++) {
    const path = archive?.archivePathFor(entry, turn, context) ?? donePathFor(source, clock.wall(), turn);
    const taken = await remote.lstat(path);
    if (taken !== undefined && toldAnything(taken)) continue;
    if (!entry.progress) break;
    entry = await journal.update(entry, { progress: { ...entry.progress, phase: "moving", path } });
    if (await archive?.isOthers(entry, path, context)) continue;
    // Where there are no directories, or nobody may make any, a rename tells whether this one takes the file.
    const unmade = await remote.ensureDirectory(directoryOf(path)).then(
      () => undefined,
      (error: unknown) => {
        if (isRefusal(error)) return error;
        throw error;
      },
    );
    await assertLease(context);
    let isMoved: boolean;
    try {
      isMoved = await remote.move(source, path);
    } catch (error) {
      if (error instanceof RemoteError && error.kind === "exists") continue;
      // A look that wasn't answered says nothing of the file, so it may have been taken.
      if (!isRefusal(error)) throw error;
      if (!(await isThere(remote, source))) return { entry, moved: undefined };
      throw error.kind === "missing" ? (unmade ?? error) : withOtherWays(unmade ?? error, context);
    }
    const [moved, left] = await Promise.all([lookAtMoved(entry, path, context), remote.stat(source)]);
    await assertLeft({ source, left, isMoved, moved }, entry, context);
    return { entry, moved };
  }
  throw new RemoteError("exists", `No free name for ${source} in ${whereTo(context)}; remove some of the files there`, {
    path: source,
  });
};

interface Left {
  readonly source: string;
  /** What is in its place after the rename. */
  readonly left: RemoteStat | undefined;
  readonly isMoved: boolean;
  readonly moved: string | undefined;
}

/**
 * The file has left its place, or another one is there. Some servers answer OK and do nothing, and some make a copy in `.done`:
 * then the file itself is removed. Throws RemoteError.
 */
const assertLeft = async (
  { source, left, isMoved, moved }: Left,
  { progress }: Entry,
  context: PullContext,
): Promise<void> => {
  const { remote } = context;
  const { identity = "" } = progress ?? {};
  if (left === undefined || !mayBe(left, identity)) return;
  if (!toldAnything(left) && (isMoved || !(await isThere(remote, source)))) return;
  if (moved !== undefined) return removeSource(source, identity, context);
  throw new RemoteError(
    "failure",
    `${remote.partner}: cannot move ${JSON.stringify(source)} to ${whereTo(context)}: the server answers ${isMoved ? "OK" : "that there is no such file"}, and the file is still in its place. Ask the partner whether the user may rename; pull.after = "keep" leaves files where they are; "delete" removes them, so that the copy in S3 is all that is left.`,
    { path: source },
  );
};
