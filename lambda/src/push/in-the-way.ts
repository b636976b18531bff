/** A file that the partner has under the name already (`push.on_exists`). */
import { type Entry, lastDelivery } from "../journal/entry.ts";
import { toldAnything } from "../sftp/attributes.ts";
import { RefusedError } from "../transfer/errors.ts";
import type { PushContext } from "./context.ts";

/** Is there a file that may not be replaced? Where the server doesn't answer, the rename tells. */
export const isInTheWay = async (final: string, { push, remote }: PushContext): Promise<boolean> => {
  if (push.onExists === undefined) return false;
  const there = await remote.lstat(final);
  return there !== undefined && toldAnything(there);
};

/**
 * Gives an upload its name. `size`: as the server tells it of the upload. False if it is gone. Throws RemoteError, of the kind `exists`
 * for what may not be replaced.
 */
export const giveName = (
  entry: Entry,
  { path, final, size }: { readonly path: string; readonly final: string; readonly size: number },
  { push, remote }: PushContext,
): Promise<boolean> =>
  push.onExists === undefined
    ? remote.publish(path, final, lastDelivery(entry)?.destination === final ? size : undefined)
    : remote.move(path, final);

/** How a file ends whose name is taken. Throws RefusedError where that is a failure. */
export const skipTaken = (final: string, { stream, push, clock }: PushContext) => {
  const what = `Stream ${stream.name}: ${final} is at the partner already`;
  if (push.onExists === "fail")
    throw new RefusedError(
      `${what}, and isn't replaced (push.on_exists = "fail"). It is sent once that is gone; "bridge skip" does without`,
    );
  const message = `${what} (push.on_exists = "skip")`;
  return {
    state: "skipped",
    last_error: { kind: "exists", message, at: new Date(clock.wall()).toISOString() },
  } as const;
};
