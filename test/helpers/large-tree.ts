/** A partner with more files than anybody wants in memory: names are made up as they are listed. */
import type { Remote, RemoteEntry } from "../../lambda/src/sftp/remote.ts";

export interface LargeTree {
  /** Files in the directory itself, and directories in it with one file each. */
  readonly files: number;
  readonly directories: number;
}

const mtime = Date.UTC(2025, 0, 1) / 1000;
const batchOf = 100;

/** Lists `outbox`; counts what was listed. */
export const largeTree = ({ files, directories }: LargeTree) => {
  const listed: string[] = [];
  async function* list(path: string): AsyncGenerator<readonly RemoteEntry[]> {
    listed.push(path);
    const isRoot = path === "outbox";
    const total = isRoot ? files + directories : 1;
    for (let at = 0; at < total; at += batchOf) {
      await new Promise(setImmediate);
      yield Array.from({ length: Math.min(batchOf, total - at) }, (_, index): RemoteEntry => {
        const number = String(at + index).padStart(6, "0");
        return !isRoot || at + index < files
          ? { name: `a file with a name of some length ${number}.csv`, kind: "file", size: 1_000, mtime }
          : { name: `directory ${number}`, kind: "directory", size: 0, mtime };
      });
    }
  }
  return { listed, remote: { partner: "us@partner:22", list } as unknown as Remote };
};
