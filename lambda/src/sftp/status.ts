import { RemoteError, type RemoteErrorKind } from "./errors.ts";
import { printable } from "./printable.ts";

/**
 * Status codes: 1 to 8 of SFTP version 3 (draft-ietf-secsh-filexfer-02, section 7), the others of version 6
 * (draft-ietf-secsh-filexfer-13, section 9.1), which some servers send whatever version was agreed.
 */
export const statusEof = 1;
const kinds: Readonly<Record<number, RemoteErrorKind>> = {
  2: "missing",
  3: "permission",
  4: "failure",
  5: "failure",
  6: "lost",
  7: "lost",
  8: "unsupported",
  10: "missing",
  11: "exists",
  12: "permission",
  14: "full",
  15: "full",
};

/** What the codes of version 6 say, of servers that send no words with them. */
const names: Readonly<Record<number, string>> = {
  9: "invalid handle",
  10: "no such path",
  11: "the file is there already",
  12: "the file system may not be written to",
  13: "no medium",
  14: "no space is left on the file system",
  15: "the quota is used up",
  16: "unknown user",
  17: "the file is locked",
  18: "the directory isn't empty",
  19: "it is no directory",
  20: "the name is invalid",
  21: "too many links",
  22: "it can't be deleted",
  23: "invalid parameter",
  24: "it is a directory",
  25: "a part of the file is locked",
  26: "the lock was refused",
  27: "the file is about to be deleted",
  28: "the file system is damaged",
};
/** What ssh2 says of a code that it doesn't know, where the server says nothing. */
const noWords = "Unknown status";
/** LOCK_CONFLICT, BYTE_RANGE_LOCK_CONFLICT, BYTE_RANGE_LOCK_REFUSED and DELETE_PENDING. */
const lockCodes: readonly (number | undefined)[] = [17, 25, 26, 27];

const full =
  /no space|out of (disk )?space|disk (is )?full|quota|not enough (disk )?space|insufficient (disk )?(space|storage)/i;
const exists = /already exists|file exists/i;
const missing =
  /no such (file|path|directory)|(file|path|directory)\b.{0,200}(does not exist|doesn't exist|not found)|cannot find the (file|path)/i;

/** Words of servers that have too much open: "Maximum number of open files exceeded", "Too many open handles". */
const limit =
  /too many|max(imum)? (number|of|open)|(open|handles?|files?) limit|limit .{0,20}(exceeded|reached)|(handles?|files?|descriptors?) (exceeded|exhausted)|out of (handles|resources|descriptors)/i;

/** Does a refusal say that there is too much of something at one time? Then it isn't the file's fault. */
export const saysLimit = (error: RemoteError): boolean =>
  (error.kind === "failure" || error.kind === "permission") && limit.test(error.message);

/** Windows' words (ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION), and those of Unix (EBUSY, ETXTBSY). */
const inUse = /used by another process|sharing violation|(is|file) (currently )?(locked|in use|busy)\b|resource busy/i;

/** Does a refusal say that somebody else has the file open? Then it has nothing to do with what else is there. */
export const saysInUse = (error: RemoteError): boolean =>
  (error.kind === "failure" || error.kind === "permission") &&
  (inUse.test(error.message) || lockCodes.includes(statusCode(error.cause)));

/** The number in an SSH_FXP_STATUS answer, as ssh2 hands it on; undefined for any other error. */
export const statusCode = (error: unknown): number | undefined => {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === "number" ? code : undefined;
};

/** The kind that a status stands for; a mere "failure" is told apart by the server's words where they are plain. */
const remoteErrorKind = (code: number | undefined, words: string): RemoteErrorKind => {
  const kind = code === undefined ? "lost" : (kinds[code] ?? "failure");
  // Permission isn't what is missing then, and the same file may be taken later.
  if (kind === "permission" && limit.test(words)) return "failure";
  if (kind !== "failure") return kind;
  if (full.test(words)) return "full";
  if (exists.test(words)) return "exists";
  return missing.test(words) ? "missing" : "failure";
};

const remedies: Partial<Record<RemoteErrorKind, string>> = {
  full: "The disk is full or the quota is used up at the partner's side: it is tried again once there is room",
  permission: "The user may not do this there: ask the partner for the right, or correct the stream's directory",
  unsupported: "The server doesn't offer this operation",
};

/** What was being done, to what, and with whom: for the message. */
export interface Deed {
  readonly partner: string;
  /** As in "cannot … ": `open for reading`. */
  readonly action: string;
  readonly path?: string | undefined;
}

/** The `RemoteError` for a failed request: the partner, the deed, the path, the server's words and, where there is one, the remedy. */
export const toRemoteError = (error: unknown, deed: Deed, hint?: string): RemoteError => {
  if (error instanceof RemoteError) return error;
  const code = statusCode(error);
  const said = printable(error instanceof Error ? error.message : String(error));
  const words = code !== undefined && said === noWords ? (names[code] ?? `status ${code}`) : said;
  const kind = remoteErrorKind(code, words);
  return remoteError(kind, deed, code === undefined ? words : `the server says "${words}"`, hint, error);
};

/** A `RemoteError` in the usual form. */
export const remoteError = (
  kind: RemoteErrorKind,
  deed: Deed,
  reason: string,
  hint?: string,
  cause?: unknown,
): RemoteError => {
  const target = deed.path === undefined ? "" : ` ${JSON.stringify(deed.path)}`;
  const remedy = hint ?? remedies[kind];
  const message = `${deed.partner}: cannot ${deed.action}${target}: ${reason}${remedy === undefined ? "" : `. ${remedy}`}.`;
  return new RemoteError(kind, message, {
    ...(deed.path === undefined ? {} : { path: deed.path }),
    ...(cause === undefined ? {} : { cause }),
  });
};

/** What the server said, without the sentence around it. */
export const wordsOf = (error: unknown): string => {
  const cause = error instanceof RemoteError ? error.cause : error;
  if (cause instanceof RemoteError) return wordsOf(cause);
  return cause instanceof Error ? `the server says "${printable(cause.message)}"` : "the server refuses";
};
