/** How many more files a poll may take: of one poll (pull.max_files), and of all that are open (pull.max_open_files). */
import type { Journal } from "../journal/journal.ts";
import type { LeftReason } from "./left.ts";
import type { WalkCounts } from "./limits.ts";
import type { PollContext } from "./poll-context.ts";

/** Open entries of the stream, as far as the limit: what is beyond it doesn't matter. */
const countOpen = async (journal: Journal, stream: string, most: number): Promise<number> => {
  let open = 0;
  for await (const page of journal.open("pull", stream)) {
    open += page.length;
    if (open >= most) break;
  }
  return open;
};

/** Tells whether one more file may be open. The first that asks has those counted which are: a poll that finds nothing new doesn't. */
const createOpenRoom = ({ stream, pull, journal, log }: PollContext): (() => Promise<boolean>) => {
  const most = pull.maxOpenFiles;
  let room: Promise<number> | undefined;
  let taken = 0;
  let isTold = false;
  return async () => {
    room ??= countOpen(journal, stream.name, most).then((open) => most - open);
    if (taken < (await room)) {
      taken++;
      return true;
    }
    if (!isTold)
      log.error(
        `Stream ${stream.name} has ${most} open files, which is its pull.max_open_files: further ones wait at the partner until some are moved. See why the open ones aren't (bridge status), or raise the limit`,
      );
    isTold = true;
    return false;
  };
};

/** Tells of one more file why it can't be taken; undefined if it is. */
export const createRoom = (context: PollContext, counts: WalkCounts): (() => Promise<LeftReason | undefined>) => {
  const { pull } = context;
  const hasRoom = createOpenRoom(context);
  return async () => {
    if (pull.maxFiles === undefined) return (await hasRoom()) ? undefined : "open-files";
    const { files = 0 } = counts;
    if (files >= pull.maxFiles) return "max-files";
    counts.files = files + 1;
    if (await hasRoom()) return undefined;
    counts.files--;
    return "open-files";
  };
};
