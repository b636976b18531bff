/** What is told to be a file, and can't be read, may be a directory. */

import type { Entry } from "../journal/entry.ts";
import { isRefusal } from "../sftp/errors.ts";
import type { Remote } from "../sftp/remote.ts";
import type { Outcome } from "../transfer/context.ts";
import { nameOf } from "../transfer/paths.ts";
import { destinationOf, type PullContext } from "./context.ts";
import { abortUploads } from "./uploads.ts";

/** Does it have entries of its own? An empty list proves nothing: some servers give one for every name. */
const hasEntries = async (remote: Remote, path: string): Promise<boolean> => {
  const own = nameOf(path);
  try {
    for await (const batch of remote.list(path)) if (batch.some(({ name }) => name !== own)) return true;
  } catch (error) {
    if (!isRefusal(error)) throw error;
  }
  return false;
};

/** Ends the entry of what turns out to be a directory, and learns that types are told wrongly: the next poll walks it. */
export const endDirectory = async (known: Entry, context: PullContext): Promise<Outcome | undefined> => {
  const { remote, traits, journal } = context;
  const path = known.source_location;
  if (!(await hasEntries(remote, path))) return undefined;
  const current = await journal.read(known);
  if (!current || (current.progress && current.progress.phase !== "copying")) return undefined;
  traits.learn("told_types", false, `${JSON.stringify(path)} is told to be a file, can't be read, and is a directory`);
  await abortUploads(current, destinationOf(current, context), context);
  await journal.update(current, { state: "gone", progress: undefined });
  return { result: "gone", bytes: 0 };
};
