import type { PushConfig } from "../config/types.ts";
import type { Entry } from "../journal/entry.ts";
import type { ObjectPlace } from "../s3/objects.ts";
import type { TransferContext } from "../transfer/context.ts";

export interface PushContext extends TransferContext {
  readonly push: PushConfig;
}

/** The object that an entry stands for. */
export const placeOf = (entry: Pick<Entry, "path">, push: PushConfig): ObjectPlace => ({
  bucket: push.bucket,
  key: push.prefix + entry.path,
});
