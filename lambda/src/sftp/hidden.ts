/**
 * Servers whose looks find nothing, whatever is there: gateways and mailboxes that list, open and rename files which STAT and LSTAT
 * don't know. Believed, such a look would mean that somebody has taken the file.
 */
import { noAnswer } from "./attributes.ts";
import { type Channel, openFlags } from "./channel.ts";
import type { Connection } from "./connection.ts";
import { isRefusal } from "./errors.ts";
import type { Remote, RemoteStat } from "./remote.ts";
import { lookAt } from "./stat.ts";

/** Can it be read? Some servers show nobody what begins with a dot, and have it all the same. */
export const opens = async (channel: Channel, path: string): Promise<boolean> => {
  try {
    const handle = await channel.open("open for reading", path, openFlags.read);
    channel.closeHandle(handle, path).catch(() => {});
    return true;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return false;
  }
};

/**
 * A look found nothing at `path`: is it there all the same? So it is where it can be opened before and after another look that finds
 * nothing; from then on looks aren't believed, nor sent. What was taken can't be opened, which costs one request.
 */
export const isHidden = async ({ main, traits, fileHandles }: Connection, path: string): Promise<boolean> => {
  if (traits.can("stat") === false) return true;
  if (fileHandles || traits.can("stat") === true) return false;
  if (!(await opens(main, path)) || (await lookAt(main, path)) !== undefined || !(await opens(main, path)))
    return false;
  traits.learn("stat", false, `looks found nothing at ${JSON.stringify(path)}, which could be opened`);
  return true;
};

/** What a look at `path` told, as far as it can be believed: that nothing is there is no answer where a file is. */
export const believed = async (
  remote: Pick<Remote, "isHidden">,
  path: string,
  told: RemoteStat | undefined,
): Promise<RemoteStat | undefined> => (told === undefined && (await remote.isHidden?.(path)) ? noAnswer : told);
