/**
 * Objects that are changed before they are sent (`push.compress`, `push.pgp`): what they are called then. The hop itself is in `hop.ts`, which only streams that ask for one load.
 */
import type { PushConfig } from "../config/types.ts";
import type { Entry } from "../journal/entry.ts";
import type { OpenObject } from "../s3/objects.ts";
import { endingOf } from "../staging/transform.ts";
import { remotePathFor } from "../transfer/paths.ts";
import type { PushContext } from "./context.ts";

/** What names at the partner end with, beside their own ending. */
const suffixOf = ({ compress, pgp }: PushConfig): string =>
  (compress === undefined ? "" : endingOf[compress]) + (pgp?.suffix ?? "");

/** Where a file goes: the path below the prefix, or the one that a template made (`what` says so), below the stream's directory. Throws RefusedError. */
export const destinationOf = (stream: string, push: PushConfig, path: string, what?: string): string =>
  remotePathFor(stream, push.directory, path + suffixOf(push), what);

const needsHop = ({ compress, pgp }: PushConfig): boolean => compress !== undefined || pgp !== undefined;

/**
 * What is to be sent of a source: itself, or what it was changed into, now or by an earlier run. Undefined where this invocation
 * hasn't the time: then it is due again in a minute. Throws what `changed` throws (hop.ts).
 */
export const prepare = async (
  entry: Entry,
  source: OpenObject,
  context: PushContext,
): Promise<{ readonly entry: Entry; readonly source: OpenObject } | undefined> =>
  needsHop(context.push) ? (await import("./hop.ts")).changed(entry, source, context) : { entry, source };
