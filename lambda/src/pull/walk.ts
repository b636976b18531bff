/** Every file below a pull's directory, directory by directory, in bounded memory. */
import { RemoteError } from "../sftp/errors.ts";
import type { Remote, RemoteEntry } from "../sftp/remote.ts";
import { faultOfName, isTemporary, joinRemote } from "../transfer/paths.ts";
import { doneDirectory } from "./identity.ts";
import type { LeftReason } from "./left.ts";
import { isAbove, isAhead } from "./order.ts";

export interface Listed {
  /** Path below the stream's directory; empty for the directory itself. */
  readonly directory: string;
  readonly files: readonly RemoteEntry[];
  /** `.done` lies in this directory. */
  readonly hasDone: boolean;
  /** There is no more of this directory; those below it follow. */
  readonly isLast?: boolean;
}

export interface WalkReport {
  /** A directory that couldn't be listed; the walk goes on with the others. */
  failed(path: string, error: unknown): void;
  /** What can't be pulled: for short, and in words that follow its name. */
  refused(path: string, reason: LeftReason, words: string): void;
}

const isLost = (error: unknown): boolean => error instanceof RemoteError && error.kind === "lost";

const childOf = (directory: string, name: string): string => (directory === "" ? name : `${directory}/${name}`);

/** Directories whose listing is begun while those before them are walked: each costs two round trips. Servers count them as open files. */
const ahead = 8;

type Batches = AsyncIterator<readonly RemoteEntry[]>;

/** A listing that has begun. */
interface Begun {
  readonly batches: Batches;
  readonly first: Promise<IteratorResult<readonly RemoteEntry[]>>;
}

/**
 * Walks the tree in `order.ts`'s order. Symbolic links aren't followed: they could lead out of the directory, or round in a
 * circle. The root's own failure is thrown. `after`: the last directory of a walk that was broken off.
 */
export async function* walk(remote: Remote, root: string, report: WalkReport, after?: string): AsyncGenerator<Listed> {
  /** The next one is the last. */
  const waiting = [""];
  const begun = new Map<string, Begun>();
  const pathOf = (directory: string) => (directory === "" ? root : joinRemote(root, directory));

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
  let runsAhead = true;
  const take = async (directory: string): Promise<Begun> => {
    const early = begun.get(directory);
    begun.delete(directory);
    const listing = early ?? begin(directory, true);
    for (const next of runsAhead ? waiting.slice(-ahead) : []) {
      if (begun.size >= ahead) break;
      if (!begun.has(next)) begun.set(next, begin(next, false));
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

  try {
    for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop()) {
      const isWalked = after !== undefined && isAbove(directory, after);
      const below: string[] = [];
      let hasDone = false;
      const { batches, first } = await take(directory);
      try {
        for (let batch = await first; !batch.done; batch = await batches.next()) {
          const files: RemoteEntry[] = [];
          for (const entry of batch.value) {
            const path = childOf(directory, entry.name);
            const fault = faultOfName(entry.name);
            if (fault) report.refused(path, "name", fault);
            else if (entry.kind === "directory" && entry.name === doneDirectory) hasDone = true;
            else if (entry.kind === "directory") {
              if (after === undefined || isAhead(path, after)) below.push(path);
            } else if (entry.kind === "symlink")
              report.refused(path, "symbolic-link", "is a symbolic link; links aren't followed");
            else if (entry.kind === "other")
              report.refused(path, "no-file", "is neither a file nor a directory, such as a pipe or a device");
            else if (isTemporary(entry.name))
              report.refused(path, "temporary-suffix", "is that of a bridge's upload which isn't complete");
            else files.push(entry);
          }
          if (files.length > 0 && !isWalked) yield { directory, files, hasDone: false };
        }
        if (!isWalked) yield { directory, files: [], hasDone, isLast: true };
      } catch (error) {
        if (directory === "") throw error;
        report.failed(pathOf(directory), error);
      } finally {
        await batches.return?.();
      }
      for (const path of below.sort((a, b) => (a < b ? 1 : -1))) waiting.push(path);
    }
  } finally {
    await giveUpAhead();
  }
}
