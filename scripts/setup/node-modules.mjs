// npm packages: installed from the lockfile where they are missing or of other versions than it says.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./run.mjs";

/** Installs the locked packages into `root`/node_modules where needed and returns the path of Node 24 among them. */
export async function provideNodeModules(root, note) {
  const node = join(root, "node_modules/.bin/node");
  if (!isCurrent(root) || !existsSync(node)) {
    note("npm ci");
    // EBADENGINE is silenced: the tools run on the Node 24 among these packages, whatever runs npm.
    await run("npm", ["ci", "--loglevel=error", "--no-audit", "--no-fund"], { cwd: root, onLine: note });
    if (!existsSync(node))
      throw new Error(
        "npm ci did not install Node 24 (the package `node`); are install scripts switched off (npm config get ignore-scripts)?",
      );
  }
  return node;
}

/** Compares what npm recorded in node_modules with the lockfile: time stamps say nothing after a checkout. */
function isCurrent(root) {
  const installed = packagesIn(join(root, "node_modules/.package-lock.json"));
  const locked = packagesIn(join(root, "package-lock.json"));
  if (locked === undefined)
    throw new Error("package-lock.json is missing: restore it with git checkout package-lock.json");
  if (installed === undefined) return false;
  return Object.entries(locked).every(
    ([path, { version, optional }]) =>
      path === "" || installed[path]?.version === version || (optional && !(path in installed)),
  );
}

function packagesIn(lockfile) {
  return existsSync(lockfile) ? JSON.parse(readFileSync(lockfile, "utf8")).packages : undefined;
}
