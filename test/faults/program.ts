import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundle } from "../../lambda/build/bundle.ts";
import { repository } from "../stack/tools.ts";

/** Bundles the environment of the fault suite into a folder, as the function is bundled; returns the program's path. */
export const buildProgram = async (folder: string): Promise<string> => {
  const { files } = await bundle(repository, "test/faults/environment.ts");
  mkdirSync(folder, { recursive: true });
  for (const [name, contents] of files) writeFileSync(join(folder, name), contents);
  return join(folder, "index.mjs");
};
