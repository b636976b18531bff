/** What lies below the staging prefix for a while: what a push has made of its source, and what a pull has fetched, before it is opened. */
import { heldKey } from "../gate/place.ts";
import { type Entry, gatePrefix, type Staged } from "../journal/entry.ts";
import type { ObjectPlace } from "../s3/objects.ts";
import type { TransferContext } from "../transfer/context.ts";

type Staging = Pick<TransferContext, "staging" | "objects" | "log">;

/** Where it lies. */
export const placeOfStaged = ({ key }: Staged, { staging }: Pick<Staging, "staging">): ObjectPlace => ({
  bucket: staging,
  key,
});

/** A key there, which comes once. */
export const freshKey = (prefix: string, { stream, nonce }: Pick<TransferContext, "stream" | "nonce">): string =>
  `${prefix}${stream.name}/${nonce()}`;

/** … where a file of a pull is held by its gate. */
export const freshHeldKey = (
  { source_location }: Pick<Entry, "source_location">,
  context: Pick<TransferContext, "stream" | "nonce">,
): string => heldKey(freshKey(gatePrefix, context), source_location);

/** Which object it is: keys there come once, and what lies under one never changes. */
export const identityOfStaged = ({ key, version_id, etag }: Staged): string => `${key}@${version_id ?? etag ?? ""}`;

/** Has a gate rejected what lies in staging? */
export const isRejected = ({ gate, progress }: Pick<Entry, "gate" | "progress">): boolean =>
  gate?.rejected !== undefined && progress?.staged !== undefined && gate.identity === identityOfStaged(progress.staged);

/** Removes what was staged, as far as that can be done; what stays, the bucket's lifecycle removes. */
export const discardStaged = async (staged: Staged | undefined, context: Staging): Promise<void> => {
  if (staged === undefined) return;
  try {
    await context.objects.remove(placeOfStaged(staged, context), staged.version_id);
  } catch (error) {
    context.log.warn("A staged object couldn't be removed; the bucket's lifecycle removes it", {
      key: staged.key,
      error,
    });
  }
};
