import type { Direction } from "../config/types.ts";
import type { Entry } from "../journal/entry.ts";
import type { FileOutcome } from "./drain-now.ts";

export interface ReplayRequest {
  readonly stream: string;
  readonly direction?: Direction | undefined;
  /** One file, below the stream's source. */
  readonly path?: string | undefined;
  readonly prefix?: string | undefined;
  /** By the time of the last delivery, or, if there was none, by the time of the file. ISO 8601; `until` is not included. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  /** Also what was delivered already. */
  readonly force?: true | undefined;
  readonly next?: string | undefined;
}

export interface Replayed {
  readonly entries: readonly Entry[];
  /** Files for which nothing was done, and why. */
  readonly files: readonly FileOutcome[];
  readonly next?: string | undefined;
}

/** Is this moment within the range that was asked for? Milliseconds. */
export const withinRange = ({ since, until }: ReplayRequest, time: number): boolean =>
  (since === undefined || time >= Date.parse(since)) && (until === undefined || time < Date.parse(until));

export const needsForce = "Nothing was done; --force moves it again.";
