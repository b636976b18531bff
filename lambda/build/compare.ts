import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Output } from "./output.ts";

interface Manifest {
  readonly contents: Readonly<Record<string, { readonly sha256: string }>>;
  readonly packages: readonly string[];
}

/** A committed manifest, as far as it is one: it may be of an earlier form, or damaged by a merge. */
const readManifest = (content: Uint8Array): Manifest => {
  try {
    return { contents: {}, packages: [], ...JSON.parse(new TextDecoder().decode(content)) };
  } catch {
    return { contents: {}, packages: [] };
  }
};

/** How the contents of two builds differ, a line each: files of the zip, and versions of packages. */
const explain = (committed: Manifest, built: Manifest): string[] => {
  const names = new Set([...Object.keys(committed.contents), ...Object.keys(built.contents)]);
  const files = [...names].flatMap((name) => {
    const [before, after] = [committed.contents[name], built.contents[name]];
    if (before?.sha256 === after?.sha256) return [];
    return [`${name} ${before === undefined ? "is new" : after === undefined ? "is gone" : "is another one"}`];
  });
  const [before, after] = [new Set(committed.packages), new Set(built.packages)];
  return [
    ...files,
    ...committed.packages.filter((name) => !after.has(name)).map((name) => `${name} was bundled`),
    ...built.packages.filter((name) => !before.has(name)).map((name) => `${name} is bundled now`),
  ];
};

/** What in `directory` isn't what the source builds, a line each; nothing where all of it is. */
export const differences = (directory: string, { files }: Output): string[] =>
  [...files].flatMap(([name, content]) => {
    const path = join(directory, name);
    if (!existsSync(path)) return [`${name} is missing`];
    const committed = readFileSync(path);
    if (committed.equals(content)) return [];
    const details = name === "manifest.json" ? explain(readManifest(committed), readManifest(content)) : [];
    return [`${name} is another one`, ...details.map((line) => `  ${line}`)];
  });
