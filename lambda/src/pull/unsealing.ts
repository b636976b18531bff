/** `pull.pgp`, for those who open what was fetched; only what a stream asks for is loaded. */
import type { Entry } from "../journal/entry.ts";
import type { Hop } from "../staging/transform.ts";
import type { PullContext } from "./context.ts";
import { whatOf } from "./make.ts";

/** How it is decrypted, where it is. Throws a SecretError. */
export const unsealing = async (
  entry: Entry,
  { pull: { pgp }, stream, readSecret, clock, log }: PullContext,
): Promise<Hop | undefined> => {
  if (pgp === undefined) return undefined;
  const { decryptWith } = await import("../staging/pgp/decrypt.ts");
  return decryptWith(whatOf(entry, { stream }), pgp, { stream: stream.name, readSecret, clock, log });
};
