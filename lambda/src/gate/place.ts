/** Keys of what a pull holds: they say whose file it is, so that who is told of such an object finds its entry. */
import { gatePrefix } from "../journal/entry.ts";

/** Bytes that a key of S3 may have. */
const longestKey = 1024;

/**
 * A key that comes once, with the partner's path behind it, encoded, so that it is the same in whatever way it is told of. A path that
 * is too long for that is left out: nobody is told of it then, and it is looked at as often as others.
 */
export const heldKey = (fresh: string, location: string): string => {
  const key = `${fresh}/${Buffer.from(location).toString("base64url")}`;
  return Buffer.byteLength(key) <= longestKey ? key : fresh;
};

/** What such a key says; undefined for all others. */
export const sourceOfHeld = (key: string): { readonly stream: string; readonly location: string } | undefined => {
  const [stream, nonce, encoded, ...rest] = key.slice(gatePrefix.length).split("/");
  if (!key.startsWith(gatePrefix) || !stream || !nonce || !encoded || rest.length > 0) return undefined;
  const location = Buffer.from(encoded, "base64url").toString();
  return Buffer.from(location).toString("base64url") === encoded ? { stream, location } : undefined;
};
