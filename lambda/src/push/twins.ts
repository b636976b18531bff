/** Names that differ in upper and lower case, or in how letters are composed: on some servers (Windows, macOS) they are one file's. */

import { type Entry, lastDelivery } from "../journal/entry.ts";
import { keptBy } from "../kept-by.ts";
import { isListed } from "../pull/there.ts";
import { toldAnything } from "../sftp/attributes.ts";
import type { Traits } from "../traits/traits.ts";
import { RefusedError } from "../transfer/errors.ts";
import type { PushContext } from "./context.ts";

interface Sent {
  readonly final: string;
  /** Resolves once it was sent, or wasn't. */
  readonly done: Promise<unknown>;
}

/** The names of this run, as many as matter. */
const namesIn = keptBy<Traits, Map<string, Sent>>(() => new Map());
const mostNames = 10_000;

/** Does the server show something under this name, although no file in the directory is called so? */
const isAnothers = async (final: string, { remote }: PushContext): Promise<boolean> => {
  const there = await remote.lstat(final);
  return there !== undefined && toldAnything(there) && !(await isListed(remote, final));
};

/**
 * Sends a file unless its name is another one's on this server, which would be replaced without a word. Looked for where two such
 * names meet in a run, and of a server that is known to take them for one, before a file is sent for the first time. Throws RefusedError.
 */
export const sendOnce = async <T>(
  entry: Entry,
  final: string,
  context: PushContext,
  send: () => Promise<T>,
): Promise<T> => {
  const { traits, stream } = context;
  const names = namesIn(traits);
  const folded = final.normalize("NFC").toLowerCase();
  const other = names.get(folded);
  const { promise: done, resolve } = Promise.withResolvers<void>();
  names.set(folded, { final, done });
  if (names.size > mostNames) names.delete(names.keys().next().value ?? "");
  try {
    await other?.done;
    const isTwin = other !== undefined && other.final !== final;
    // What an attempt of its own has left there isn't another's.
    const isNew = lastDelivery(entry) === undefined && entry.progress?.path !== final;
    if (isNew && (isTwin || traits.can("letter_case") === false) && (await isAnothers(final, context))) {
      if (isTwin) traits.learn("letter_case", false, `it takes ${other.final} and ${final} for one file`);
      throw new RefusedError(
        `Stream ${stream.name}: the partner's server takes ${final} for a file that is there under another spelling (upper and lower case, composed letters), and would replace it. It isn't sent; give the object a key that differs in more than that, or have the partner remove the other file`,
      );
    }
    return await send();
  } finally {
    resolve();
  }
};
