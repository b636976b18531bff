import type { PullConfig } from "../config/types.ts";
import type { Entry } from "../journal/entry.ts";
import type { ObjectPlace } from "../s3/objects.ts";
import type { TransferContext } from "../transfer/context.ts";
import { keyFor } from "../transfer/paths.ts";

export interface PullContext extends TransferContext {
  readonly pull: PullConfig;
}

/** Where a version of an entry's file goes, of itself the one that is being moved: as it was decided for it, else as its path says. Throws RefusedError. */
export const destinationOf = (
  { path, target, progress }: Pick<Entry, "path" | "target" | "progress">,
  { stream, pull }: Pick<PullContext, "stream" | "pull">,
  identity = progress?.identity,
): ObjectPlace => ({
  bucket: pull.bucket,
  key: keyFor(stream.name, pull.prefix, target !== undefined && target.identity === identity ? target.path : path),
});
