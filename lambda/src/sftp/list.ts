import { chunksOf } from "../concurrency/chunks.ts";
import { keptBy } from "../kept-by.ts";
import type { Traits } from "../traits/traits.ts";
import type { Channel } from "./channel.ts";
import type { Connection } from "./connection.ts";
import { createCompleter } from "./entry-kinds.ts";
import { RemoteError, Unanswered } from "./errors.ts";
import { haveSameNames, type Names, readNames } from "./names.ts";
import { openListing } from "./open-handle.ts";
import type { ListOptions, RemoteEntry } from "./remote.ts";
import { type Deed, remoteError, statusCode, statusEof, wordsOf } from "./status.ts";

/** A first answer with this many names means a large directory. */
const largeBatch = 32;
/** Answers without names, one after the other, that are an end: some servers never say so, and some leave out what isn't to be seen. */
const enoughEmpty = 100;
/** Entries that are handed on at one time: answers may hold twenty thousand, and whoever takes them looks up each. */
const maxBatch = 256;
/** Bytes of answers that may wait, judged by the largest so far. */
const maxWaiting = 2 * 1024 * 1024;

/** So often the same names in the same order come again, until the list is taken for one without an end: once, a name may have been moved. */
const enoughAgain = 3;

/** Directories whose lists had no answer in this run: asked for once more, each would take as long, and nothing behind it would get its turn. */
const unansweredIn = keptBy<Traits, Map<string, Unanswered>>(() => new Map());

/** Tells of each answer whether the list goes round in a circle, of whatever length (Brent's algorithm, which keeps one of them). */
const createRound = () => {
  let mark: Names | undefined;
  let [steps, most, again] = [0, 1, 0];
  return (names: Names): boolean => {
    if (mark !== undefined && haveSameNames(mark, names)) again++;
    if (mark === undefined || ++steps === most) {
      mark = names;
      steps = 0;
      most *= 2;
    }
    return again >= enoughAgain;
  };
};

/** Behind names: the rest of the list isn't known. */
const brokeOff = (deed: Deed, error: RemoteError): RemoteError =>
  remoteError(
    error.kind,
    deed,
    `${wordsOf(error)} in the middle of the list, or at its end. What was listed is pulled, and the rest, if there is one, waits`,
    "Ask the partner whether the directory can be read. If its server ends every list so, set sftp.server = { ends_lists = false }: then that is an end, and a list that really breaks off isn't noticed",
    error,
  );

const isMissing = (error: unknown): boolean => error instanceof RemoteError && error.kind === "missing";

/** OPENDIR; with a slash behind the path where the server has no such directory without one. */
const openDirectory = async (main: Channel, path: string, directory: string): Promise<Buffer> => {
  const ask = (how: string) => main.opendir(how, directory);
  try {
    return await ask(path);
  } catch (error) {
    if (!(error instanceof RemoteError) || error.kind !== "missing" || path.endsWith("/") || path === ".") throw error;
    return await ask(`${path}/`).catch(() => {
      throw error;
    });
  }
};

/**
 * A directory's entries in the server's order, in batches of at most 256, without `.` and `..`. READDIRs are sent ahead of
 * their answers: two at first, since most directories fit in one answer, then up to `readdirs` at once; never more than that
 * many answers wait to be taken, nor more than some megabytes of them. What an entry leaves unsaid is found out as far as it
 * can be (entry-kinds.ts).
 */
export async function* listDirectory(
  connection: Connection,
  directory: string,
  { patient = true }: ListOptions = {},
): AsyncGenerator<readonly RemoteEntry[]> {
  const { main, limits, partner, traits, log } = connection;
  const path = directory === "" ? "." : directory;
  const silent = unansweredIn(traits);
  const known = silent.get(path);
  if (known !== undefined) throw known;
  const deed = { partner, action: "list", path: directory };
  const opendir = () => openDirectory(main, path, directory);
  const noteSilence = (error: unknown): never => {
    if (error instanceof Unanswered) silent.set(path, error);
    throw error;
  };
  const { handle, closed } = await openListing(connection, opendir, { patient, deed }).catch(noteSilence);

  const answers: Promise<Names | undefined>[] = [];
  const complete = createCompleter(main, directory);
  let allowed = 2;
  let largest = 0;
  let ended = false;
  let empty = 0;
  let hasNames = false;
  const goesRound = createRound();

  const ask = async () => {
    try {
      const names = await main.readdir(handle, directory);
      hasNames ||= names.count > 0;
      largest = Math.max(largest, names.bytes.length);
      const wanted = names.count >= largeBatch ? limits.readdirs : allowed * 2;
      allowed = Math.max(1, Math.min(limits.readdirs, wanted, Math.floor(maxWaiting / largest)));
      return names;
    } catch (error) {
      // "No such file" behind names: there are no more of them, or the directory has just gone.
      const isEnd = statusCode((error as RemoteError).cause) === statusEof || (hasNames && isMissing(error));
      if (!isEnd && hasNames && error instanceof RemoteError && error.kind === "failure") {
        if (traits.can("ends_lists") !== false) throw brokeOff(deed, error);
      } else if (!isEnd) noteSilence(error);
      ended = true;
      return undefined;
    }
  };
  try {
    for (;;) {
      while (!ended && answers.length < allowed) {
        const answer = ask();
        answer.catch(() => {});
        answers.push(answer);
      }
      const answer = answers.shift();
      if (answer === undefined) return;
      const names = await answer;
      if (names === undefined) continue;
      empty = names.count === 0 ? empty + 1 : 0;
      if (empty > enoughEmpty) return;
      if (names.count > 0 && goesRound(names)) {
        log?.warn(
          "A list has no end: the server gives the same names again and again. What it gave is all that is taken",
          {
            path: directory,
          },
        );
        return;
      }
      for (const batch of chunksOf(readNames(names), maxBatch)) {
        const present = await complete(batch);
        if (present.length > 0) yield present;
      }
    }
  } finally {
    main
      .closeHandle(handle, directory)
      .catch(() => {})
      .finally(closed);
  }
}
