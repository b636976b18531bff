import { setTimeout as sleep } from "node:timers/promises";
import { noAnswer } from "./attributes.ts";
import type { Channel } from "./channel.ts";
import type { Connection } from "./connection.ts";
import { parentOf } from "./directories.ts";
import { isRefusal, RemoteError, risksOfDirect } from "./errors.ts";
import { posixRename } from "./extensions.ts";
import { isHidden, opens } from "./hidden.ts";
import type { RemoteStat } from "./remote.ts";
import type { Settle } from "./requests.ts";
import { isSeen, lookAt } from "./stat.ts";
import { type Deed, remoteError, saysInUse, wordsOf } from "./status.ts";

const isKind = (error: unknown, ...kinds: readonly RemoteError["kind"][]): error is RemoteError =>
  error instanceof RemoteError && kinds.includes(error.kind);

const done = (settle: Settle<void>) => (error?: Error | null) => settle(error, undefined);

const plain = (channel: Channel, from: string, to: string) =>
  channel.request<void>(`rename to ${JSON.stringify(to)}`, from, (sftp, settle) => sftp.rename(from, to, done(settle)));

const renaming = (partner: string, from: string, to: string): Deed => ({
  partner,
  action: `rename to ${JSON.stringify(to)}`,
  path: from,
});

/** False if `from` is gone; throws what is the matter if it is still there. */
const goneOr = async (channel: Channel, from: string, to: string, partner: string, error: unknown): Promise<false> => {
  if (!isKind(error, "missing")) throw error;
  if ((await lookAt(channel, from)) === undefined) return false;
  throw remoteError("missing", renaming(partner, from, to), "the directory it should go to is not there");
};

const refusal = `If the server refuses renames altogether, set upload = "direct" for this stream; then ${risksOfDirect}`;

/**
 * Is there a rename at all, although one was answered with OP_UNSUPPORTED or PERMISSION_DENIED? A server that has one misses
 * a file that isn't there. So nothing is unlinked for the sake of a rename that never comes.
 */
const hasRename = async ({ main, traits }: Connection, from: string, to: string): Promise<boolean> => {
  if (traits.can("rename") === true) return true;
  try {
    await plain(main, `${from}.none`, `${to}.none`);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return isKind(error, "missing", "failure");
  }
  return false;
};

/** Gateways to object stores answer first and rename then. Milliseconds. */
const lookAgainAfter = [300, 700, 2_000, 4_000];

/** The version before, over which the rename is still to come: it is older, or has another size. */
const isOlder = (source: RemoteStat, target: RemoteStat): boolean =>
  (target.size !== undefined && source.size !== undefined && target.size !== source.size) ||
  (target.mtime !== undefined && source.mtime !== undefined && target.mtime < source.mtime);

const isCopyOf = (source: RemoteStat, target: RemoteStat): boolean =>
  target.size !== undefined &&
  source.size !== undefined &&
  target.mtime !== undefined &&
  source.mtime !== undefined &&
  !isOlder(source, target);

/** The server said that it has renamed: once in some days it is looked whether it has. Throws RemoteError if it hasn't. */
const believeRename = async (connection: Connection, from: string, to: string): Promise<void> => {
  const { main, partner, traits, fileHandles } = connection;
  if (fileHandles || traits.can("rename") === true) return;
  const look = async () => {
    const [source, target] = await Promise.all([lookAt(main, from), lookAt(main, to)]);
    const isLeft = source !== undefined && source !== noAnswer;
    return {
      source,
      target,
      isBefore: isLeft && (target === undefined || isOlder(source, target)),
      isCopied: isLeft && target !== undefined && isCopyOf(source, target),
    };
  };
  let { source, target, isBefore, isCopied } = await look();
  for (const pause of isBefore || isCopied ? lookAgainAfter : []) {
    await sleep(pause);
    ({ source, target, isBefore, isCopied } = await look());
    if (!(isBefore || isCopied)) break;
  }
  // Some copy, and leave what was to be renamed.
  if (isCopied)
    await remove(connection, from).catch((error: unknown) => {
      if (!isRefusal(error)) throw error;
      connection.log?.warn("The server copies to rename, and lets nobody remove the file under its temporary name", {
        path: from,
        error,
      });
    });
  if (isBefore)
    throw remoteError(
      "failure",
      renaming(partner, from, to),
      "the server says that it has renamed the file, and it still has its old name",
      refusal,
    );
  if (source !== undefined) return;
  traits.learn("rename", true, "a renamed file was seen to have left its old name");
  if (target === undefined)
    connection.log?.warn(
      'A file is under neither of its names since it was renamed: the partner has taken it at once, or its server has put it elsewhere. It counts as delivered, and later ones aren\'t looked at; if the partner misses it, set upload = "direct": then a reader can see half a file',
      { path: to },
    );
};

const giveAnother = "it gives a renamed file another name where one is there";

/**
 * The server said that it has renamed over an earlier version: once in some days it is looked whether what lies there is as large as what was renamed.
 * Some give the newer one a name of its own, such as `f(1)`. Throws RemoteError then.
 */
const believeReplaced = async (connection: Connection, from: string, to: string, size: number): Promise<void> => {
  const { main, partner, traits, fileHandles } = connection;
  if (fileHandles || traits.can("replacing_rename") !== undefined || traits.can("exact_sizes") === false) return;
  let target = await lookAt(main, to);
  for (const pause of lookAgainAfter) {
    // What isn't there was taken.
    if (target?.size === undefined || target.size === size) break;
    await sleep(pause);
    target = await lookAt(main, to);
  }
  if (target?.size === undefined) return;
  if (target.size === size) return traits.learn("replacing_rename", true, "a renamed file lay in the place of another");
  traits.learn("replacing_rename", false, giveAnother);
  traits.learn("posix_rename", false, giveAnother);
  throw remoteError(
    "failure",
    renaming(partner, from, to),
    `the server says that it has, and ${target.size} bytes lie there, where ${size} were sent: it has given the new file another name, or replaced it`,
    "It is sent again, and what is in its place is removed first. Have the partner remove the one with another name",
  );
};

/** posix-rename@openssh.com; false where it isn't offered, or refused although it is. */
const inOneStep = async (connection: Connection, from: string, to: string): Promise<boolean | RemoteError> => {
  const { main, traits, partner } = connection;
  if (traits.can("posix_rename") === false) return false;
  try {
    if (await posixRename(main, from, to)) return true;
    if (!main.extensions.has("posix-rename@openssh.com")) return false;
    return remoteError(
      "unsupported",
      { partner, action: "posix-rename", path: from },
      "it is announced and not supported",
    );
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return error;
  }
};

/**
 * Puts `from` in the place of `to`, whatever is there. One step where the server offers posix-rename; else a rename,
 * and where that won't replace, an unlink before it, which is logged: for a moment there is no file. False if `from` is missing.
 * `replacing`: the size that is told of `from`, where an earlier version is known to lie under `to`.
 */
export const publish = async (
  connection: Connection,
  from: string,
  to: string,
  replacing?: number,
): Promise<boolean> => {
  const { main, traits, fileHandles, partner } = connection;
  const believe = async () => {
    await believeRename(connection, from, to);
    if (replacing !== undefined) await believeReplaced(connection, from, to, replacing);
    return true;
  };
  const first = await inOneStep(connection, from, to);
  if (first === true) return believe();
  if (replacing !== undefined && traits.can("replacing_rename") === false && (await isSeen(main, to))) {
    const deed = renaming(partner, from, to);
    return await replace(connection, from, to, remoteError("exists", deed, giveAnother));
  }
  try {
    await plain(main, from, to);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return await replace(
      connection,
      from,
      to,
      first instanceof RemoteError && isKind(error, "failure") ? first : error,
    );
  }
  // Of OpenSSH, it was this one rename that went wrong.
  if (first !== false && !fileHandles)
    traits.learn("posix_rename", false, `it is announced, and refused: ${first.message}`);
  return believe();
};

/**
 * A rename out of another directory (`push.work_directory`) may be refused for where it comes from, and not for what is in its
 * place: nothing is removed before the file was seen to get there. Throws RemoteError.
 */
const assertReaches = async ({ main, partner }: Connection, from: string, to: string): Promise<void> => {
  if (parentOf(from) === parentOf(to)) return;
  const beside = to.slice(0, to.lastIndexOf("/") + 1) + from.slice(from.lastIndexOf("/") + 1);
  try {
    await plain(main, from, beside);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const deed = renaming(partner, from, beside);
    throw remoteError(error.kind, deed, wordsOf(error), otherPlace, error);
  }
  await plain(main, beside, from);
};

const otherPlace =
  "A work directory has to be on the same file system as the stream's directory: name another one in push.work_directory, or leave it out. What is at the partner was left as it is";

/** A scanner may hold what was just uploaded, and what it would replace is gone by now: the next attempt would come late. Milliseconds. */
const heldFor = [500, 1_500, 4_000, 6_000];

/** Renames to a name that is free, and once more for some seconds while that is refused. Throws the last refusal. */
const plainWhileHeld = async (channel: Channel, from: string, to: string): Promise<void> => {
  for (const pause of heldFor) {
    try {
      return await plain(channel, from, to);
    } catch (error) {
      if (!isKind(error, "permission", "failure")) throw error;
    }
    await sleep(pause);
  }
  return await plain(channel, from, to);
};

/** A rename was refused: because of what is there, or because there is nothing to rename, or altogether. */
const replace = async (connection: Connection, from: string, to: string, error: RemoteError): Promise<boolean> => {
  const { main, partner, log, traits } = connection;
  const deed = renaming(partner, from, to);
  const fail = (why: string, hint?: string) => remoteError(error.kind, deed, why, hint, error);
  const look = () => Promise.all([lookAt(main, to), lookAt(main, from)]);
  let [there, source] = await look();
  if (source === undefined && (await isHidden(connection, from))) [there, source] = await look();
  if (source === undefined && (there === undefined || isKind(error, "missing") || !(await opens(main, from))))
    return false;
  if (there?.kind === "directory") throw remoteError("exists", deed, "a directory has that name", undefined, error);
  if (there === undefined && isKind(error, "missing")) throw fail("the directory it should go to is not there");
  if (saysInUse(error))
    throw fail(
      `${wordsOf(error)}; nothing was removed for it`,
      "Such as a virus scanner that reads what was just uploaded: it is renamed with the next attempt, without being sent again",
    );
  if (there === undefined) throw fail(wordsOf(error), parentOf(from) === parentOf(to) ? refusal : otherPlace);
  if (isKind(error, "unsupported", "permission") && !(await hasRename(connection, from, to)))
    throw fail(isKind(error, "unsupported") ? "the server has no rename" : wordsOf(error), refusal);
  await assertReaches(connection, from, to);
  if (!(await remove(connection, to))) {
    // Nothing was there that could have been in the way.
    if (there === noAnswer) throw fail(wordsOf(error), refusal);
    log?.info("The file that was to be replaced has gone by itself", { path: to });
  } else {
    log?.warn("The server won't replace a file by rename: unlinking it first, so for a moment it is missing", {
      path: to,
    });
  }
  try {
    await plainWhileHeld(main, from, to);
  } catch (second) {
    if (!isRefusal(second)) throw second;
    if ((await lookAt(main, from)) === undefined && (isKind(second, "missing") || !(await opens(main, from))))
      return false;
    throw remoteError(
      second.kind,
      deed,
      `${wordsOf(second)}, although the file in its place was removed; the new one lies under its temporary name and is renamed with the next attempt`,
      refusal,
      second,
    );
  }
  traits.learn("replacing_rename", false, error.message);
  return true;
};

/**
 * Renames, but never over something: `to` is looked at first, except with OpenSSH, whose plain RENAME links and so can't
 * replace. False if `from` is missing; throws a `RemoteError` of kind `exists` if `to` is there.
 */
export const move = async (connection: Connection, from: string, to: string): Promise<boolean> => {
  const { main, partner, openSsh } = connection;
  const deed = renaming(partner, from, to);
  const taken = () => remoteError("exists", deed, "that name is taken");
  if (!openSsh && (await isSeen(main, to))) throw taken();
  try {
    await plain(main, from, to);
    return true;
  } catch (error) {
    if (isKind(error, "missing")) return await goneOr(main, from, to, partner, error);
    if (isKind(error, "failure", "exists", "permission") && (await isSeen(main, to))) {
      if ((await lookAt(main, from)) === undefined) return false;
      throw taken();
    }
    throw error;
  }
};

const unlessMissing = async (request: Promise<void>): Promise<boolean> => {
  try {
    await request;
    return true;
  } catch (error) {
    if (isKind(error, "missing")) return false;
    throw error;
  }
};

/** Removes a file. False if it wasn't there. */
export const remove = async ({ main }: Connection, path: string): Promise<boolean> => {
  try {
    return await unlessMissing(main.request<void>("remove", path, (sftp, settle) => sftp.unlink(path, done(settle))));
  } catch (error) {
    // Some answer FAILURE for what isn't there.
    if (isKind(error, "failure") && (await lookAt(main, path)) === undefined) return false;
    throw error;
  }
};

/** Removes an empty directory. False if it wasn't there. */
export const removeDirectory = ({ main }: Connection, path: string): Promise<boolean> =>
  unlessMissing(main.request<void>("remove the directory", path, (sftp, settle) => sftp.rmdir(path, done(settle))));
