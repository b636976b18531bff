/**
 * Names that differ in upper and lower case, in how letters are composed, or in dots and blanks at their end: on some servers (Windows,
 * macOS) they are one file's.
 */

import { type Entry, lastDelivery } from "../journal/entry.ts";
import { keptBy } from "../kept-by.ts";
import { isListed } from "../pull/there.ts";
import { toldAnything } from "../sftp/attributes.ts";
import type { Traits } from "../traits/traits.ts";
import { RefusedError } from "../transfer/errors.ts";
import { directoryOf, nameOf } from "../transfer/paths.ts";
import type { PushContext } from "./context.ts";

interface Sent {
  readonly final: string;
  /** Resolves once it was sent, or wasn't. */
  readonly done: Promise<unknown>;
}

/** The names of this run, as many as matter. */
const namesIn = keptBy<Traits, Map<string, Sent>>(() => new Map());
const mostNames = 10_000;

/** How often a run asks what the server makes of case, where its looks say nothing of it. */
const mostAsked = 3;
const askedIn = keptBy<Traits, { times: number; answer: Promise<void> | undefined }>(() => ({
  times: 0,
  answer: undefined,
}));

/** The name with upper case where it has lower case, and the other way round. */
const swapped = (path: string): string => {
  const name = nameOf(path);
  const other = name.replace(/[a-z]/gi, (one) => (one === one.toLowerCase() ? one.toUpperCase() : one.toLowerCase()));
  return path.slice(0, path.length - name.length) + other;
};

/**
 * Finds out, once a week, whether the server takes names that differ in case for one: it is asked for a file of ours that is there by the
 * same name in the other case. A server that shows something under each name has said nothing.
 */
const askForCase = async (path: string, other: string, { remote, traits, nonce }: PushContext): Promise<void> => {
  const [own, found] = await Promise.all([remote.lstat(path), remote.lstat(other)]);
  if (own === undefined || !toldAnything(own)) return;
  if (found === undefined) traits.learn("letter_case", true, `${path} isn't shown as ${other}`);
  else if (toldAnything(found) && (await remote.lstat(`${other}-${nonce()}`)) === undefined)
    traits.learn("letter_case", false, `${path} is shown as ${other} as well`);
};

/** May asking still tell what the server makes of case? */
const mayLearn = (traits: Traits): boolean => {
  const { times, answer } = askedIn(traits);
  return traits.can("letter_case") === undefined && (answer !== undefined || times < mostAsked);
};

/** Waits until it is known what the server makes of case, as far as a file of ours that is there tells. */
const learnCase = async (path: string, context: PushContext): Promise<void> => {
  const { traits } = context;
  const asked = askedIn(traits);
  const other = swapped(path);
  while (mayLearn(traits) && other !== path) {
    // Of many files that are sent at one time one is asked for.
    if (asked.answer === undefined) {
      asked.times++;
      asked.answer = askForCase(path, other, context).finally(() => {
        asked.answer = undefined;
      });
    }
    await asked.answer;
  }
};

/** Are the file, and the directories below the stream's own that it lies in, listed by these very names? */
const isListedSo = async (final: string, { remote, push }: PushContext): Promise<boolean> => {
  for (let path = final; path.length > push.directory.length; path = directoryOf(path))
    if (!(await isListed(remote, path))) return false;
  return true;
};

/** Does the server show something under this name, although nothing there is called so? */
const isAnothers = async (final: string, context: PushContext): Promise<boolean> => {
  const there = await context.remote.lstat(final);
  return there !== undefined && toldAnything(there) && !(await isListedSo(final, context));
};

/** The dots and blanks that a segment of this path ends in, which Windows leaves out. */
const endOf = (path: string): string | undefined => /[^/. ]([. ]+)(\/|$)/.exec(path)?.[1];

/** Does the server leave out what such a name ends in? It is asked for a directory of the stream that is there by a name with the same end. */
const losesEnds = async (final: string, end: string, { remote, push, nonce }: PushContext): Promise<boolean> => {
  const directory = /[^/]/.test(push.directory) ? push.directory : directoryOf(final);
  const [own, longer, none] = await Promise.all(
    [directory, `${directory}${end}`, `${directory}-${nonce()}${end}`].map((path) => remote.lstat(path)),
  );
  return own !== undefined && toldAnything(own) && longer !== undefined && toldAnything(longer) && none === undefined;
};

/** Throws RefusedError for a name that would be another one's, since the server leaves out its end. */
const assertKeepsEnd = async (final: string, context: PushContext): Promise<void> => {
  const end = endOf(final.slice(context.push.directory.length));
  if (end === undefined || !(await losesEnds(final, end, context))) return;
  throw new RefusedError(
    `Stream ${context.stream.name}: the partner's server leaves out the ${JSON.stringify(end)} that a part of ${JSON.stringify(final)} ends in, as Windows does, so that it would replace the file without. It isn't sent; give the object a key without`,
  );
};

/** Nothing was sent to it yet; what an attempt of its own has left there isn't another's. */
const isNew = (entry: Entry, final: string): boolean =>
  lastDelivery(entry) === undefined && entry.progress?.path !== final;

const refused = (final: string, { stream }: PushContext): RefusedError =>
  new RefusedError(
    `Stream ${stream.name}: the partner's server takes ${final} for a file that is there under another spelling (upper and lower case, composed letters), and would replace it. It isn't sent; give the object a key that differs in more than that, or have the partner remove the other file`,
  );

/** Can an upload be asked for what the server makes of case before it gets its name? Another directory may make something else of it. */
const tellsBefore = ({ push }: PushContext): boolean => push.upload === "atomic" && push.workDirectory === undefined;

/**
 * Before an upload gets its name: throws RefusedError where that is another file's on this server. Whether it makes one file of two such
 * names may have been learned since it was begun.
 */
export const assertOwnName = async (entry: Entry, path: string, final: string, context: PushContext): Promise<void> => {
  const { traits } = context;
  if (!tellsBefore(context)) return;
  await learnCase(path, context);
  if (traits.can("letter_case") === false && isNew(entry, final) && (await isAnothers(final, context)))
    throw refused(final, context);
};

/**
 * Sends a file unless its name is another one's on this server, which would be replaced without a word. Looked for where two such
 * names meet in a run, and before a file is sent for the first time to a server that is known to take them for one, or may be. Throws RefusedError.
 */
export const sendOnce = async <T>(
  entry: Entry,
  final: string,
  context: PushContext,
  send: () => Promise<T>,
): Promise<T> => {
  const { traits } = context;
  const names = namesIn(traits);
  const folded = final.normalize("NFC").toLowerCase();
  const other = names.get(folded);
  if (isNew(entry, final)) await assertKeepsEnd(final, context);
  const { promise: done, resolve } = Promise.withResolvers<void>();
  names.set(folded, { final, done });
  if (names.size > mostNames) names.delete(names.keys().next().value ?? "");
  try {
    await other?.done;
    const isTwin = other !== undefined && other.final !== final;
    const mayBeOne = traits.can("letter_case") === false || (!tellsBefore(context) && mayLearn(traits));
    if ((isTwin || mayBeOne) && isNew(entry, final) && (await isAnothers(final, context))) {
      if (isTwin) traits.learn("letter_case", false, `it takes ${other.final} and ${final} for one file`);
      throw refused(final, context);
    }
    const sent = await send();
    if (!tellsBefore(context)) await learnCase(final, context);
    return sent;
  } finally {
    resolve();
  }
};
