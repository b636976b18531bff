import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "esbuild";

/**
 * Packages whose licence (LGPL) wants them to be replaceable: each is a file of its own beside the others, as its authors
 * built it, loaded by that name, with its licence beside it. Only a stream that asks for what they do loads them.
 */
const packages = [
  {
    name: "openpgp",
    built: "dist/node/openpgp.min.mjs",
    file: "openpgp.min.mjs",
    licence: "openpgp.LICENSE.txt",
    // What the package's own text refers to, and wants to be given along.
    further: ["GPL-3.0.txt"],
  },
] as const;

/** Imports of such a package stay imports, of its file in the zip. */
export const withReplaceable: Plugin = {
  name: "replaceable",
  setup: ({ onResolve }) => {
    for (const { name, file } of packages)
      onResolve({ filter: new RegExp(`^${name}$`) }, () => ({ path: `./${file}`, external: true }));
  },
};

/** The files, by their name in the zip, and where the packages are. */
export const replaceableFiles = (root: string) => {
  const files = new Map<string, Uint8Array>();
  for (const { name, built, file, licence, further } of packages) {
    const folder = join(root, "node_modules", name);
    files.set(file, readFileSync(join(folder, built)));
    const texts = [join(folder, "LICENSE"), ...further.map((text) => join(import.meta.dirname, "licence-texts", text))];
    files.set(
      licence,
      Buffer.from(texts.map((path) => readFileSync(path, "utf8").replaceAll("\r\n", "\n")).join("\n\n")),
    );
  }
  return { files, inputs: packages.map(({ name, built }) => join(root, "node_modules", name, built)) };
};
