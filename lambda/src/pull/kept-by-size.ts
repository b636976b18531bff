/**
 * Kept files of a server whose times say nothing are known by their size. That the server is so is forgotten after some days, and
 * such a file is no new one by then: its record says that it has no time to be known by, until times are seen to hold still.
 */
import type { Entry, lastDelivery } from "../journal/entry.ts";
import type { RemoteEntry } from "../sftp/remote.ts";
import { identityOfFile, isVersion, toldOneTime, withoutTime } from "./identity.ts";
import type { PollContext } from "./poll-context.ts";
import { timesChange } from "./times.ts";

/** What became of a kept file: what its listing is from now on, and whether a change of its content could be seen. */
interface Kept {
  readonly listed?: string;
  readonly isKnown: boolean;
}

/** For one poll, which looks closely at one file at most. */
export const createKeeper = (context: PollContext) => {
  let proof: Promise<boolean | undefined> | undefined;
  return async (
    file: RemoteEntry,
    { source_location }: Entry,
    last: ReturnType<typeof lastDelivery>,
  ): Promise<Kept> => {
    const hasTime = file.mtime !== undefined;
    if (last === undefined || !toldOneTime(file, last) || isVersion(file, last.identity)) return { isKnown: hasTime };
    if (!hasTime)
      return {
        isKnown: false,
        ...(context.traits.can("times") === false && { listed: withoutTime(last.listed ?? last.identity) }),
      };
    proof ??= timesChange(source_location, context);
    return (await proof) === false ? { isKnown: true, listed: identityOfFile(file) } : { isKnown: false };
  };
};
