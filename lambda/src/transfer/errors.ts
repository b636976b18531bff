import { RemoteError, Unanswered } from "../sftp/errors.ts";

/** A transfer that another attempt won't cure without somebody's help: given up sooner than the others. */
export class RefusedError extends Error {
  override readonly name: string = "RefusedError";
}

/** A file isn't what it has to be, whoever looks at it: given up at once. What is at its source stays. */
export class UnfitError extends RefusedError {
  override readonly name = "UnfitError";
}

/** The two sides don't agree on what was copied; the copy isn't shown to anybody, and the transfer starts again. */
export class VerificationError extends Error {
  override readonly name: string = "VerificationError";
}

/** The partner's server holds other bytes than were sent, under a name that nobody has seen; they were removed. */
export class OtherBytes extends VerificationError {
  override readonly name = "OtherBytes";
}

/**
 * The copy is whole and recorded; the partner's file could not be moved or deleted, for the reason that is the cause. It is
 * not copied again, only moved or deleted. `bytes`: what counts as moved with it; undefined if it was counted before.
 */
export class SourceStays extends Error {
  override readonly name = "SourceStays";
  readonly bytes: number | undefined;

  constructor(bytes: number | undefined, cause: unknown) {
    super("The copy is in S3, and the partner's file is still in its place", { cause });
    this.bytes = bytes;
  }
}

/** An upload was gone once it was closed, before anybody had renamed it. */
export class TakenAway extends VerificationError {
  override readonly name = "TakenAway";
}

/** More bytes than were sent lie under a name at which something else may have been: the server may not have emptied it. */
export class OldBytes extends VerificationError {
  override readonly name = "OldBytes";
}

/** Fewer bytes than were sent lie there once it was closed: the server may have closed it before it had written all. */
export class CutShort extends VerificationError {
  override readonly name = "CutShort";
}

/** An upload was gone once it was closed, since the server doesn't bear a look at what is open; no more are sent. */
export class PutAway extends VerificationError {
  override readonly name = "PutAway";
}

/** The source changed while it was read: not an error, the newer version is taken with the next attempt. */
export class SourceChanged extends Error {
  override readonly name = "SourceChanged";
}

/** The invocation's time is up; the transfer goes on in the next one. */
export class OutOfTime extends Error {
  override readonly name = "OutOfTime";
}

/** Why a transfer ended: what stopped the session, of which an aborted request is only an echo, else its own error, such as the request that it was stopped for. */
export const reasonOf = (error: unknown, signal: AbortSignal): unknown =>
  signal.aborted && !(error instanceof Unanswered) ? (signal.reason ?? error) : error;

/** Did the connection end, or say nothing any more? */
export const isLost = (error: unknown): boolean => error instanceof RemoteError && error.kind === "lost";

/**
 * Was it one of the further connections that was lost, over which a large file moved as well? The file goes on over those
 * that are left, from what was acknowledged without a hole.
 */
export const isHelperLost = (error: unknown, remote: { readonly lost: AbortSignal }): boolean =>
  isLost(error) && !remote.lost.aborted;
