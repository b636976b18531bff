import type { Channel } from "./channel.ts";
import type { Connection } from "./connection.ts";
import { RemoteError } from "./errors.ts";
import { posixRename } from "./extensions.ts";
import type { Settle } from "./requests.ts";
import { isSeen, lookAt } from "./stat.ts";
import { remoteError } from "./status.ts";

const isKind = (error: unknown, ...kinds: readonly RemoteError["kind"][]): error is RemoteError =>
  error instanceof RemoteError && kinds.includes(error.kind);

const done = (settle: Settle<void>) => (error?: Error | null) => settle(error, undefined);

const plain = (channel: Channel, from: string, to: string) =>
  channel.request<void>(`rename to ${JSON.stringify(to)}`, from, (sftp, settle) => sftp.rename(from, to, done(settle)));

/** False if `from` is gone; throws what is the matter if it is still there. */
const goneOr = async (channel: Channel, from: string, to: string, partner: string, error: unknown): Promise<false> => {
  if (!isKind(error, "missing")) throw error;
  if ((await lookAt(channel, from)) === undefined) return false;
  throw remoteError(
    "missing",
    { partner, action: `rename to ${JSON.stringify(to)}`, path: from },
    "the directory it should go to is not there",
  );
};

const refusal = 'If the server refuses renames altogether, set upload = "direct" for this stream';

/**
 * Puts `from` in the place of `to`, whatever is there. One step where the server offers posix-rename; else a rename,
 * and where that won't replace, an unlink before it, which is logged: for a moment there is no file. False if `from` is missing.
 */
export const publish = async (connection: Connection, from: string, to: string): Promise<boolean> => {
  const { main, partner, log } = connection;
  const deed = { partner, action: `rename to ${JSON.stringify(to)}`, path: from };
  try {
    if (await posixRename(main, from, to)) return true;
    await plain(main, from, to);
    return true;
  } catch (error) {
    if (isKind(error, "missing")) return await goneOr(main, from, to, partner, error);
    if (isKind(error, "unsupported"))
      throw remoteError("unsupported", deed, "the server has no rename", refusal, error);
    if (!isKind(error, "failure", "exists", "permission")) throw error;
    const there = await lookAt(main, to);
    if (there?.kind === "directory") throw remoteError("exists", deed, "a directory has that name", undefined, error);
    if (there === undefined || (await lookAt(main, from)) === undefined) {
      if (there === undefined && isKind(error, "permission", "failure"))
        throw remoteError(error.kind, deed, wordsOf(error), refusal, error);
      return false;
    }
    log?.warn("The server won't replace a file by rename: unlinking it first, so for a moment it is missing", {
      path: to,
    });
    if (!(await remove(connection, to))) log?.info("The file that was to be replaced has gone by itself", { path: to });
    try {
      await plain(main, from, to);
      return true;
    } catch (second) {
      if (isKind(second, "missing")) return await goneOr(main, from, to, partner, second);
      throw remoteError(
        isKind(second) ? second.kind : "failure",
        deed,
        `${wordsOf(second)}, although the file in its place was removed`,
        refusal,
        second,
      );
    }
  }
};

/** What the server said, without the sentence around it. */
const wordsOf = (error: unknown): string => {
  const cause = error instanceof RemoteError ? error.cause : error;
  return cause instanceof Error ? `the server says "${cause.message}"` : "the server refuses";
};

/**
 * Renames, but never over something: `to` is looked at first, except with OpenSSH, whose plain RENAME links and so can't
 * replace. False if `from` is missing; throws a `RemoteError` of kind `exists` if `to` is there.
 */
export const move = async (connection: Connection, from: string, to: string): Promise<boolean> => {
  const { main, partner, openSsh } = connection;
  const deed = { partner, action: `rename to ${JSON.stringify(to)}`, path: from };
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
export const remove = ({ main }: Connection, path: string): Promise<boolean> =>
  unlessMissing(main.request<void>("remove", path, (sftp, settle) => sftp.unlink(path, done(settle))));

/** Removes an empty directory. False if it wasn't there. */
export const removeDirectory = ({ main }: Connection, path: string): Promise<boolean> =>
  unlessMissing(main.request<void>("remove the directory", path, (sftp, settle) => sftp.rmdir(path, done(settle))));
