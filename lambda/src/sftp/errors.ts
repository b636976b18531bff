import { boundedText } from "../telemetry/bounds.ts";

/** What went wrong at the partner's side, in the words that decide what happens next. */
export type RemoteErrorKind =
  /** No TCP connection: refused, unreachable, name not resolved. */
  | "unreachable"
  /** No answer within the connect deadline. Counted as `connection-timeouts`. */
  | "connect-timeout"
  /** The host key isn't one of the pinned ones. */
  | "host-key"
  /** The server took the connection and refused the log-in. */
  | "authentication"
  /** No algorithm in common, or a protocol error in the handshake. */
  | "handshake"
  /** The server has too many sessions of ours: try later, not an error. */
  | "busy"
  /** The connection ended, or an operation had no answer within its deadline. */
  | "lost"
  /** SSH_FX_NO_SUCH_FILE where something had to be there. */
  | "missing"
  /** SSH_FX_PERMISSION_DENIED. */
  | "permission"
  /** The path exists already. */
  | "exists"
  /** Disk full or quota exceeded, as far as the server says so. */
  | "full"
  /** SSH_FX_OP_UNSUPPORTED. */
  | "unsupported"
  /** The file changed while it was read. It is read again once it holds still. */
  | "changed"
  /** Any other SSH_FX_FAILURE; the server's own words are in the message. */
  | "failure";

/** What whoever advises `upload = "direct"` has to say of it. */
export const risksOfDirect =
  "a reader can see half a file, and one that is gone once it was closed counts as delivered";

/**
 * How carefully a file is sent: with CLOSE behind the answers to all writes; beyond that through one handle, with few writes at one time,
 * one after the other, or in small ones.
 */
export const cares = ["late-close", "one-handle", "few-requests", "one-request", "small-requests"] as const;
export type Care = (typeof cares)[number];

/**
 * A failed operation at a partner. The message names what was done, to which path, and what the server said; no secret that
 * the function has read, should a server have repeated it: messages go into the journal and to whoever asks.
 */
export class RemoteError extends Error {
  override readonly name = "RemoteError";
  readonly kind: RemoteErrorKind;
  readonly path: string | undefined;

  constructor(kind: RemoteErrorKind, message: string, options: { path?: string; cause?: unknown } = {}) {
    super(boundedText(message), { cause: options.cause });
    this.kind = kind;
    this.path = options.path;
  }
}

/** This one request was never answered, and no other is to blame for it. */
export class Unanswered extends RemoteError {
  /** Were later requests answered, so that the connection goes on? */
  readonly isAlive: boolean;

  constructor(message: string, isAlive: boolean) {
    super("lost", message);
    this.isAlive = isAlive;
  }
}

/** The same, where the connection goes on. */
export const isPassedOver = (error: unknown): error is Unanswered => error instanceof Unanswered && error.isAlive;

/** Did the connection end since one request was never answered? */
export const endedUnanswered = (reason: unknown): boolean =>
  reason instanceof RemoteError && reason.cause instanceof Unanswered;

/** May it be refused because there is too much of something at one time, whatever the status and its words? */
export const mayBeLimit = (error: unknown): error is RemoteError =>
  error instanceof RemoteError && (error.kind === "failure" || error.kind === "permission" || error.kind === "busy");

/** Is it what the server said, whatever that was, and not that the connection says nothing any more? */
export const isRefusal = (error: unknown): error is RemoteError =>
  error instanceof RemoteError && error.kind !== "lost";

/** Kinds that nothing but a connection attempt has. */
const ofConnecting: readonly RemoteErrorKind[] = [
  "unreachable",
  "connect-timeout",
  "host-key",
  "authentication",
  "handshake",
  "busy",
];

/** Was a connection refused, so that no file has anything to do with it? */
export const isConnectRefusal = (error: unknown): boolean =>
  error instanceof RemoteError && ofConnecting.includes(error.kind);

/** For `catch`: what a refusal comes to; all else is thrown. */
export const ifRefused =
  <T>(instead: T) =>
  (error: unknown): T => {
    if (isRefusal(error)) return instead;
    throw error;
  };

/**
 * A write was refused, and the way in which it was sent may be why: over several handles, or before earlier writes were
 * answered. The same file may be taken when it is sent with more care.
 */
export class TooBold extends RemoteError {
  readonly care: Care;

  constructor(refusal: RemoteError, care: Care) {
    super(refusal.kind, refusal.message, {
      ...(refusal.path === undefined ? {} : { path: refusal.path }),
      cause: refusal.cause,
    });
    this.care = care;
  }
}
