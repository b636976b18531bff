// Loaded before every integration test: memory that is lent is checked (chunks.mjs, read-place.mjs). Nothing of it is in the function.
import { registerHooks } from "node:module";
import { pathToFileURL } from "node:url";
import { watchers } from "./watched.ts";

const watched = new Map([...watchers].map((pair) => pair.map((path) => pathToFileURL(path).href)));

registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    const watcher = watched.get(found.url);
    return watcher === undefined ? found : { ...found, url: watcher, format: "module", shortCircuit: true };
  },
});
