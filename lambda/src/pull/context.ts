import type { PullConfig } from "../config/types.ts";
import type { Entry } from "../journal/entry.ts";
import type { ObjectPlace } from "../s3/objects.ts";
import type { TransferContext } from "../transfer/context.ts";
import { keyFor } from "../transfer/paths.ts";

export interface PullContext extends TransferContext {
  readonly pull: PullConfig;
}

/** Where an entry's file goes. Throws RefusedError. */
export const destinationOf = (entry: Pick<Entry, "path">, { stream, pull }: PullContext): ObjectPlace => ({
  bucket: pull.bucket,
  key: keyFor(stream.name, pull.prefix, entry.path),
});
