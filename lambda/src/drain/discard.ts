import type { Entry } from "../journal/entry.ts";
import { destinationOf } from "../pull/context.ts";
import { abortUploads } from "../pull/uploads.ts";
import { finalOf } from "../push/target.ts";
import { temporariesOf } from "../push/temporary.ts";
import { discardStaged } from "../staging/staged.ts";
import type { TransferContext } from "../transfer/context.ts";

/**
 * Removes what unfinished transfers of a file have left at the partner and in S3, when it is given up. False if something
 * couldn't be removed: then its record has to stay.
 */
export const discardLeftovers = async (entry: Entry, context: TransferContext): Promise<boolean> => {
  const { progress } = entry;
  const { stream, remote, log } = context;
  if (!progress) return true;
  // It is where it belongs: a redrive only has to move the source, or to write the marker.
  if (["copied", "moving", "marking"].includes(progress.phase)) return false;
  try {
    if (entry.direction === "push" && stream.push?.upload === "atomic") {
      const final = finalOf(entry, progress.identity, { stream, push: stream.push });
      for (const path of temporariesOf(progress, final, stream.push)) await remote.remove(path);
    }
    await discardStaged(progress.staged, context);
    if (entry.direction === "pull" && stream.pull) {
      await abortUploads(entry, destinationOf(entry, { ...context, pull: stream.pull }), context);
    }
    return true;
  } catch (error) {
    log.warn("What a given-up transfer has left behind couldn't be removed; a redrive does", { error });
    return false;
  }
};
