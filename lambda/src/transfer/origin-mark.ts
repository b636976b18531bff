/**
 * The mark on objects that came from a partner, so that they don't go back there. The original wrote a bare
 * `synched=true`; ours says as well which stream wrote it and where, since metadata goes along when a user copies the
 * object elsewhere: the copy is a file of its own, and a relay (partner A → S3 → partner B) has to work.
 */
import { createHash } from "node:crypto";
import type { BridgeConfig, StreamConfig } from "../config/types.ts";
import { partnerOf } from "../config/types.ts";
import type { ObjectPlace } from "../s3/objects.ts";

const marked = "synched";
const markedStream = "synched-by";
const markedPlace = "synched-as";

/** Names a place without repeating it: metadata has to be ASCII, and keys needn't be. */
const placeMark = ({ bucket, key }: ObjectPlace): string =>
  createHash("sha256").update(`${bucket}/${key}`).digest("hex").slice(0, 32);

/** Metadata of an object that a pull writes. */
export const markFor = (stream: string, place: ObjectPlace): Record<string, string> => ({
  [marked]: "true",
  [markedStream]: stream,
  [markedPlace]: placeMark(place),
});

/** Would sending this object to the stream's partner return a file to where it came from? */
export const isEcho = (
  metadata: Readonly<Record<string, string>>,
  place: ObjectPlace,
  stream: StreamConfig,
  config: BridgeConfig,
): boolean => {
  if (metadata[marked] !== "true") return false;
  const by = metadata[markedStream];
  const as = metadata[markedPlace];
  if (by === undefined || as === undefined) return true; // the original's own mark
  if (as !== placeMark(place)) return false;
  const origin = config.streams.get(by);
  return by === stream.name || (origin !== undefined && partnerOf(origin.sftp) === partnerOf(stream.sftp));
};
