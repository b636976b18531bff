/** Every file below a pull's directory, directory by directory, in bounded memory. */
import type { Remote, RemoteEntry } from "../sftp/remote.ts";
import { faultOfName, isTemporary, joinRemote } from "../transfer/paths.ts";
import { doneDirectory } from "./identity.ts";

export interface Listed {
  /** Path below the stream's directory; empty for the directory itself. */
  readonly directory: string;
  readonly files: readonly RemoteEntry[];
  /** `.done` lies in this directory. */
  readonly hasDone: boolean;
}

export interface WalkReport {
  /** A directory that couldn't be listed; the walk goes on with the others. */
  failed(path: string, error: unknown): void;
  /** A name that can't be pulled, and why. */
  refused(path: string, reason: string): void;
}

const below = (directory: string, name: string): string => (directory === "" ? name : `${directory}/${name}`);

/** Walks the tree. Symbolic links aren't followed: they could lead out of the directory, or round in a circle. The root's own failure is thrown. */
export async function* walk(remote: Remote, root: string, report: WalkReport): AsyncGenerator<Listed> {
  const waiting = [""];
  for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop()) {
    const path = directory === "" ? root : joinRemote(root, directory);
    let hasDone = false;
    try {
      for await (const batch of remote.list(path === "" ? "." : path)) {
        const files: RemoteEntry[] = [];
        for (const entry of batch) {
          const fault = faultOfName(entry.name);
          if (fault) report.refused(below(directory, entry.name), fault);
          else if (entry.kind === "directory" && entry.name === doneDirectory) hasDone = true;
          else if (entry.kind === "directory") waiting.push(below(directory, entry.name));
          else if (entry.kind === "file" && !isTemporary(entry.name)) files.push(entry);
          else if (entry.kind === "symlink")
            report.refused(below(directory, entry.name), "is a symbolic link; links aren't followed");
        }
        if (files.length > 0) yield { directory, files, hasDone: false };
      }
      if (hasDone) yield { directory, files: [], hasDone };
    } catch (error) {
      if (directory === "") throw error;
      report.failed(path, error);
    }
  }
}
