/** One named file now: pulled although no poll lists it, or sent although no event told of it. */
import type { Invocation } from "../invocation.ts";
import { ActionError } from "./action-error.ts";
import { type ReplayAnswer, replay } from "./replay.ts";
import { pushOf, streamNamed } from "./select.ts";

export interface OnDemandRequest {
  readonly stream: string;
  /** Below the stream's source; `send` takes an `s3://bucket/key` as well. */
  readonly path: string;
  /** Also what was delivered already. */
  readonly force?: true | undefined;
}

/**
 * Pulls the file of this path, whether the server lists it or not: it is looked at by its name alone. Throws ActionError, and
 * what connecting throws.
 */
export const fetchNow = (invocation: Invocation, request: OnDemandRequest): Promise<ReplayAnswer> =>
  replay(invocation, { ...request, direction: "pull" });

/** Sends the object of this key. Throws ActionError where the key isn't below the stream's source. */
export const sendNow = async (invocation: Invocation, request: OnDemandRequest): Promise<ReplayAnswer> => {
  const { bucket, prefix } = pushOf(streamNamed(invocation.deps.config, request.stream));
  const source = `s3://${bucket}/${prefix}`;
  const { path } = request;
  if (path.startsWith("s3://") && (!path.startsWith(source) || path === source))
    throw new ActionError(
      "malformed",
      `${path} isn't below ${source}, which is what stream ${request.stream} sends from. Put the object there, or name the stream that it belongs to.`,
    );
  return replay(invocation, {
    ...request,
    path: path.startsWith("s3://") ? path.slice(source.length) : path,
    direction: "push",
  });
};
