import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "esbuild";
import { bundle } from "../../lambda/build/bundle.ts";
import { watchers } from "../helpers/lent-memory/watched.ts";
import { repository } from "../stack/tools.ts";

/** Memory that is lent is checked, as in integration tests: a fault of another party mustn't put one file's bytes into another. */
const withLentMemoryWatched: Plugin = {
  name: "lent-memory-watched",
  setup: ({ onResolve }) => {
    onResolve({ filter: /\/(chunks|read-place)\.ts$/ }, ({ path, resolveDir }) => {
      const watcher = watchers.get(join(resolveDir, path));
      return watcher === undefined ? undefined : { path: watcher };
    });
  },
};

/** Bundles the environment of the fault suite into a folder, as the function is bundled; returns the program's path. */
export const buildProgram = async (folder: string): Promise<string> => {
  const { files } = await bundle(repository, "test/faults/environment.ts", [withLentMemoryWatched]);
  mkdirSync(folder, { recursive: true });
  for (const [name, contents] of files) writeFileSync(join(folder, name), contents);
  return join(folder, "index.mjs");
};
