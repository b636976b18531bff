// Loaded before every integration test: memory that is lent is checked (chunks.mjs, read-place.mjs). Nothing of it is in the function.
import { registerHooks } from "node:module";

const watched = new Map([
  ["/lambda/src/memory/chunks.ts", new URL("./chunks.mjs", import.meta.url).href],
  ["/lambda/src/sftp/ssh/read-place.ts", new URL("./read-place.mjs", import.meta.url).href],
]);

registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    for (const [end, watcher] of watched)
      if (found.url.endsWith(end)) return { ...found, url: watcher, format: "module", shortCircuit: true };
    return found;
  },
});
