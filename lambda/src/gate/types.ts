/** Who says whether a file may go on its way (`push.gate`, `pull.gate`). */
import type { Direction } from "../config/types.ts";
import type { ObjectPlace } from "../s3/objects.ts";

/** One version of an object, as a gate is asked about it. */
export interface Asked {
  readonly stream: string;
  readonly direction: Direction;
  /** Below the stream's places, as the partner calls it. */
  readonly path: string;
  readonly place: ObjectPlace;
  readonly versionId: string | undefined;
  readonly etag: string;
  /** Bytes. */
  readonly size: number;
  /** Pull: where it gets to with a pass. */
  readonly destination?: ObjectPlace;
}

export interface Verdict {
  readonly verdict: "pass" | "reject" | "hold";
  /** In words, for who looks after the stream. */
  readonly reason: string;
}

/** What gates are asked through. */
export interface Judges {
  /** Invokes a function and waits for its answer. Throws what it or Lambda failed with. */
  invoke(arn: string, event: object, signal: AbortSignal): Promise<unknown>;
  /** Asks Lambda whether the function may be invoked, without running it. Throws what it answers otherwise. */
  mayInvoke(arn: string, signal: AbortSignal): Promise<void>;
  /** The tags of a version; undefined if there is no such object. */
  tags(
    place: ObjectPlace,
    versionId: string | undefined,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, string> | undefined>;
}
