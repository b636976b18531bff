/** Every file below a pull's directory, directory by directory, in bounded memory. */
import type { Remote, RemoteEntry } from "../sftp/remote.ts";
import { faultOfName, isTemporary, joinRemote } from "../transfer/paths.ts";
import { doneDirectory } from "./identity.ts";
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
  /** A name that can't be pulled, and why. */
  refused(path: string, reason: string): void;
}

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

  const begin = (directory: string): Begun => {
    const path = pathOf(directory);
    const batches = remote.list(path === "" ? "." : path)[Symbol.asyncIterator]();
    const first = batches.next();
    first.catch(() => {});
    return { batches, first };
  };
  const take = (directory: string): Begun => {
    const listing = begun.get(directory) ?? begin(directory);
    begun.delete(directory);
    for (const next of waiting.slice(-ahead)) {
      if (begun.size >= ahead) break;
      if (!begun.has(next)) begun.set(next, begin(next));
    }
    return listing;
  };

  try {
    for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop()) {
      const isWalked = after !== undefined && isAbove(directory, after);
      const below: string[] = [];
      let hasDone = false;
      const { batches, first } = take(directory);
      try {
        for (let batch = await first; !batch.done; batch = await batches.next()) {
          const files: RemoteEntry[] = [];
          for (const entry of batch.value) {
            const path = childOf(directory, entry.name);
            const fault = faultOfName(entry.name);
            if (fault) report.refused(path, fault);
            else if (entry.kind === "directory" && entry.name === doneDirectory) hasDone = true;
            else if (entry.kind === "directory") {
              if (after === undefined || isAhead(path, after)) below.push(path);
            } else if (entry.kind === "file" && !isTemporary(entry.name)) files.push(entry);
            else if (entry.kind === "symlink") report.refused(path, "is a symbolic link; links aren't followed");
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
    await Promise.allSettled([...begun.values()].map(({ batches }) => batches.return?.()));
  }
}
