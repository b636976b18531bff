/** The file beside another one that tells the partner that it is complete (`push.marker`). */
import type { PushMarker } from "../config/types.ts";
import type { Entry, Progress } from "../journal/entry.ts";
import { assertLease } from "../transfer/assert-lease.ts";
import { RefusedError, VerificationError } from "../transfer/errors.ts";
import { mayBeFrom, nameFrom } from "../transfer/name-template.ts";
import { besideOf, faultOfName, nameOf } from "../transfer/paths.ts";
import type { PushContext } from "./context.ts";
import { maxLeftovers, removeAll, temporariesOf, uploadPathFor } from "./temporary.ts";

const pathOf = (final: string, { name }: PushMarker): string => besideOf(final, nameFrom(name, nameOf(final)));

/** Throws RefusedError for a file that has no room for a marker, or would be taken for one. */
export const assertMarkable = (final: string, { stream, push: { marker } }: PushContext): void => {
  if (!marker) return;
  const name = nameOf(final);
  const fault = mayBeFrom(marker.name, name)
    ? `has the name of a marker (push.marker = ${JSON.stringify(marker.name)}), for which the partner would take it. Rename it, or exclude it`
    : faultOfName(nameFrom(marker.name, name));
  if (fault) throw new RefusedError(`Stream ${stream.name}: ${final}, or its marker, ${fault}`);
};

/** No marker of an older version may stand beside a newer file. */
export const removeOldMarker = async (final: string, { push, remote }: PushContext): Promise<void> => {
  if (push.marker) await remote.remove(pathOf(final, push.marker));
};

const contentOf = ({ content }: PushMarker, { bytes, sha256, md5 }: Progress): string =>
  ({ empty: "", size: String(bytes), md5, sha256 })[content] ?? "";

/**
 * Writes the marker of a file that has its final name, in the same way as the file: under a recorded name, then renamed. Returns the
 * entry as it is then. Throws RemoteError and VerificationError: only the marker is tried again.
 */
export const writeMarker = async (published: Entry, final: string, context: PushContext): Promise<Entry> => {
  const { push, journal, remote, nonce, stream } = context;
  const { progress } = published;
  if (!push.marker || !progress) return published;
  const isDirect = push.upload === "direct";
  const target = pathOf(final, push.marker);
  const path = isDirect ? target : uploadPathFor(final, push, nonce());
  const litter = progress.phase === "marking" ? temporariesOf(progress, final, push).slice(0, maxLeftovers) : [];
  const entry = await journal.update(published, {
    state: "active",
    progress: { ...progress, phase: "marking", path, litter },
  });
  await removeAll(context, litter);
  const content = Buffer.from(contentOf(push.marker, progress));
  const writer = await remote.openWrite(path, { mode: isDirect ? "replace" : "create", size: content.byteLength });
  try {
    if (content.byteLength > 0) await writer.write(content);
  } finally {
    await writer.close();
  }
  await assertLease(context);
  const there = await remote.stat(path);
  const isWhole = there === undefined ? isDirect : (there.size ?? content.byteLength) === content.byteLength;
  if (!isWhole || !(isDirect || (await remote.publish(path, target))))
    throw new VerificationError(
      `Stream ${stream.name}: ${final} has been sent, and its marker ${target} isn't whole at the partner: ${there?.size ?? "none"} of ${content.byteLength} bytes. Only the marker is written again`,
    );
  return entry;
};
