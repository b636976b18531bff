import { join } from "node:path";

const source = (path: string) => join(import.meta.dirname, "../../../lambda/src", path);
const watcher = (file: string) => join(import.meta.dirname, file);

/** What watches memory that is lent, by the function's own file that it stands for. Paths. */
export const watchers: ReadonlyMap<string, string> = new Map([
  [source("memory/chunks.ts"), watcher("chunks.mjs")],
  [source("sftp/ssh/read-place.ts"), watcher("read-place.mjs")],
]);
