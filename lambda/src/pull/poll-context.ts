/** What a poll, or a part of one, works with. */
import type { Clock } from "../clock.ts";
import type { PullConfig, StreamConfig } from "../config/types.ts";
import type { Journal } from "../journal/journal.ts";
import { RemoteError } from "../sftp/errors.ts";
import type { Remote } from "../sftp/remote.ts";
import type { Log } from "../telemetry/types.ts";
import type { Traits } from "../traits/traits.ts";
import type { WalkCounts, WalkLimits } from "./limits.ts";

export interface PollContext {
  readonly stream: StreamConfig;
  readonly pull: PullConfig;
  readonly journal: Journal;
  readonly remote: Remote;
  /** What is known of the partner's server. */
  readonly traits: Traits;
  readonly clock: Clock;
  /** Milliseconds. */
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Where files have running numbers: whether this one goes next. It is taken however many others wait for it. */
  readonly isAwaited?: ((path: string) => boolean) | undefined;
  /** The last directory that an earlier part of this poll got through. */
  readonly after?: string | undefined;
  /** What earlier parts of this poll have listed. */
  readonly counts?: WalkCounts;
  /** How much is looked at; a test makes it less. */
  readonly limits?: WalkLimits;
  /** Is it time to break off between two directories? What is left is another part's. */
  readonly isPartOver?: () => boolean;
  /** … and at once? */
  readonly isOver?: () => boolean;
  /** An earlier connection ended in this poll: the directory at which this one does is to be known. */
  readonly careful?: boolean;
  /** Directories at which it ended again and again: they aren't listed. */
  readonly passed?: readonly string[] | undefined;
}

/**
 * Throws where the poll may not go on: its time is up, or the lease is gone. That the connection was lost stops it with the next thing
 * that is asked; what was answered before still counts.
 */
export const assertMayGoOn = ({ signal }: Pick<PollContext, "signal">): void => {
  if (!(signal.reason instanceof RemoteError)) signal.throwIfAborted();
};
