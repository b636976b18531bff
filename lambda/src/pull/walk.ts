/** Every file below a pull's directory, directory by directory, in bounded memory. */
import { RemoteError } from "../sftp/errors.ts";
import type { Remote, RemoteEntry } from "../sftp/remote.ts";
import { faultOfName, isTemporary, joinRemote, walkedDirectory } from "../transfer/paths.ts";
import { isDoneDirectory } from "./identity.ts";
import type { LeftReason } from "./left.ts";
import { defaultWalkLimits, remedies, type WalkCounts, type WalkLimits } from "./limits.ts";
import { isAbove, isAhead } from "./order.ts";

export interface Listed {
  /** Path below the stream's directory; empty for the directory itself. */
  readonly directory: string;
  readonly files: readonly RemoteEntry[];
  /** `.done` lies in this directory. */
  readonly hasDone: boolean;
  /** There is no more of this directory; those below it follow. */
  readonly isLast?: boolean;
  /** An earlier part of the walk got through it; it is only listed for what lies below. */
  readonly isWalked?: boolean;
}

export interface WalkReport {
  /** A directory that couldn't be listed; the walk goes on with the others. */
  failed(path: string, error: unknown): void;
  /** What can't be pulled: for short, and in words that follow its name. */
  refused(path: string, reason: LeftReason, words: string): void;
  /** A limit was met; what is beyond it isn't looked at. The words name the limit and what to do. */
  limited(path: string, words: string): void;
}

interface WalkOptions {
  /** The last directory of a walk that was broken off. */
  readonly after?: string | undefined;
  readonly limits?: WalkLimits;
  /** What earlier parts of this walk have listed; counted on. */
  readonly counts?: WalkCounts;
  /** Directories that are left out without a word. */
  readonly skips?: (path: string) => boolean;
  /** Why a directory isn't listed; undefined if it is. */
  readonly passes?: (directory: string) => Error | undefined;
  /** Called with each directory before it is listed. */
  readonly enters?: (directory: string) => void;
  /** Lists nothing ahead: then what goes wrong is the entered directory's doing. */
  readonly careful?: boolean;
  /** Milliseconds, of any beginning. */
  readonly steady?: () => number;
}

const isLost = (error: unknown): boolean => error instanceof RemoteError && error.kind === "lost";

/** Directories whose listing is begun while those before them are walked: each costs two round trips. Servers count them as open files. */
const ahead = 8;

type Batches = AsyncIterator<readonly RemoteEntry[]>;

/** A listing that has begun. */
interface Begun {
  readonly batches: Batches;
  readonly first: Promise<IteratorResult<readonly RemoteEntry[]>>;
}

/** Sorts what a directory lists into files and what is walked later. */
const createSorter = (
  report: WalkReport,
  limits: WalkLimits,
  after: string | undefined,
  skips: (path: string) => boolean,
) => {
  let waiting = 0;
  let characters = 0;
  let isFull = false;
  const mayEnter = (path: string): boolean => {
    if (path.split("/").length > limits.depth) {
      report.limited(path, `lies more than ${limits.depth} directories deep. ${remedies.depth}`);
      return false;
    }
    const fault = limits.faultOf?.(path);
    if (fault !== undefined) {
      report.limited(path, fault);
      return false;
    }
    if (waiting < limits.directories && characters + path.length <= limits.waiting) return true;
    if (!isFull)
      report.limited(
        path,
        `is one more than a poll can keep in mind: ${limits.directories} directories, or ${limits.waiting} characters of their paths. Those behind it aren't looked into. ${remedies.directories}`,
      );
    isFull = true;
    return false;
  };
  return {
    left(directory: string): void {
      waiting--;
      characters -= directory.length;
    },
    /** `below` gets the directories; returns the files, and whether `.done` is among the names. */
    sort(directory: string, batch: readonly RemoteEntry[], below: string[]) {
      const files: RemoteEntry[] = [];
      let hasDone = false;
      for (const entry of batch) {
        const path = joinRemote(directory, entry.name);
        const fault = faultOfName(entry.name);
        if (fault) report.refused(path, "name", fault);
        else if (entry.kind === "directory" && isDoneDirectory(entry.name)) hasDone = true;
        else if (entry.kind === "directory") {
          if (skips(path)) continue;
          if ((after !== undefined && !isAhead(path, after)) || !mayEnter(path)) continue;
          waiting++;
          characters += path.length;
          below.push(path);
        } else if (entry.kind === "symlink")
          report.refused(path, "symbolic-link", "is a symbolic link; links aren't followed");
        else if (entry.kind === "other")
          report.refused(path, "no-file", "is neither a file nor a directory, such as a pipe or a device");
        else if (isTemporary(entry.name))
          report.refused(path, "temporary-suffix", "is that of a bridge's upload which isn't complete");
        else files.push(entry);
      }
      return { files, hasDone };
    },
  };
};

/**
 * Walks the tree in `order.ts`'s order. Symbolic links aren't followed: they could lead out of the directory, or round in a
 * circle. The root's own failure is thrown, and so is the loss of the connection: nothing that comes behind it is an answer. Whatever a server lists, something is yielded for each batch of it, so that
 * whoever walks can look at the time.
 */
export async function* walk(
  remote: Remote,
  root: string,
  report: WalkReport,
  {
    after,
    limits = defaultWalkLimits,
    counts = { directories: 0, names: 0 },
    skips = () => false,
    passes = () => undefined,
    enters = () => {},
    careful = false,
    steady = () => performance.now(),
  }: WalkOptions = {},
): AsyncGenerator<Listed> {
  /** The next one is the last. */
  const waiting = [""];
  const begun = new Map<string, Begun>();
  const sorter = createSorter(report, limits, after, skips);
  const pathOf = (directory: string) => walkedDirectory(root, directory);

  const begin = (directory: string, patient: boolean): Begun => {
    const path = pathOf(directory);
    const batches = remote.list(path === "" ? "." : path, { patient })[Symbol.asyncIterator]();
    const first = batches.next();
    first.catch(() => {});
    return { batches, first };
  };
  const giveUpAhead = async () => {
    const listings = [...begun.values()];
    begun.clear();
    await Promise.allSettled(listings.map(({ batches }) => batches.return?.()));
  };
  let runsAhead = !careful;
  const take = async (directory: string): Promise<Begun> => {
    sorter.left(directory);
    const early = begun.get(directory);
    begun.delete(directory);
    const listing = early ?? begin(directory, true);
    for (const next of runsAhead ? waiting.slice(-ahead) : []) {
      if (begun.size >= ahead) break;
      if (!begun.has(next) && passes(next) === undefined) begun.set(next, begin(next, false));
    }
    if (early === undefined || (await early.first.then(() => true, isLost))) return listing;
    // Refused as one too many, maybe: once more, without those that run ahead.
    await giveUpAhead();
    const again = begin(directory, true);
    runsAhead = await again.first.then(
      () => false,
      () => runsAhead,
    );
    return again;
  };

  /** Names of one listing. Those of directories that are only gone through again count for that listing alone. */
  const isTooMuch = (directory: string, names: number, began: number): boolean => {
    if (Math.max(names, counts.names) > limits.names) {
      report.limited(
        pathOf(directory),
        `has one name more than a poll looks at: ${limits.names}. What comes behind it isn't looked at. ${remedies.names}`,
      );
      return true;
    }
    if (steady() - began <= limits.listingMs) return false;
    report.limited(
      pathOf(directory),
      `can't be listed in ${limits.listingMs / 1000} s: the rest of it isn't looked at. ${remedies.listing}`,
    );
    return true;
  };

  try {
    for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop()) {
      const fault = passes(directory);
      if (fault !== undefined) {
        sorter.left(directory);
        report.failed(pathOf(directory), fault);
        continue;
      }
      const isWalked = after !== undefined && isAbove(directory, after);
      const below: string[] = [];
      let hasDone = false;
      if (!isWalked && ++counts.directories > limits.directories) {
        report.limited(
          pathOf(directory),
          `is one more than a poll looks into: ${limits.directories}. Those behind it aren't looked into. ${remedies.directories}`,
        );
        return;
      }
      let names = 0;
      enters(directory);
      const { batches, first } = await take(directory);
      const began = steady();
      try {
        for (let batch = await first; !batch.done; batch = await batches.next()) {
          names += batch.value.length;
          if (!isWalked) counts.names += batch.value.length;
          const found = sorter.sort(directory, batch.value, below);
          hasDone ||= found.hasDone;
          yield { directory, files: isWalked ? [] : found.files, hasDone: false, isWalked };
          if (isTooMuch(directory, names, began)) break;
        }
        if (!isWalked) yield { directory, files: [], hasDone, isLast: true };
      } catch (error) {
        if (remote.lost.aborted) throw error;
        // What was listed before it broke off is there; what wasn't may be there as well.
        if (directory === "" && (names === 0 || isLost(error))) throw error;
        report.failed(pathOf(directory), error);
      } finally {
        await batches.return?.();
      }
      if (counts.names > limits.names) return;
      for (const path of below.sort((a, b) => (a < b ? 1 : -1))) waiting.push(path);
    }
  } finally {
    await giveUpAhead();
  }
}
