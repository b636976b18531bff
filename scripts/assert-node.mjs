// Tests run TypeScript as it is, with the Node that Lambda has: an older one fails with a syntax error that says nothing.
import { readFileSync } from "node:fs";

/** Throws, with what to do, where this Node is older than the one that the tests need. */
export function assertNode(version = process.versions.node) {
  const wanted = readFileSync(new URL("../.nvmrc", import.meta.url), "utf8").trim();
  if (Number(version.split(".")[0]) >= Number(wanted.split(".")[0])) return;
  throw new Error(
    `These tests need Node ${wanted} or newer, and this is ${version}. "npm ci" installs the right one into node_modules: run them as "npx ava …" or "npm run test:unit", which take it from there, or put node_modules/.bin first on your PATH.`,
  );
}
