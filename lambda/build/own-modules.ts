import { builtinModules } from "node:module";
import type { Plugin } from "esbuild";

const builtins = new Set(builtinModules);

/** What a module offers; nothing of it is looked at. */
const namesOf = (path: string): string[] =>
  Object.getOwnPropertyNames(process.getBuiltinModule(`node:${path}`)).filter(
    (name) => name !== "default" && /^[A-Za-z_$][\w$]*$/.test(name),
  );

/** Modules of which hardly an event asks for anything, and that take a twentieth of a start: what the function's own files import of them loads them when it is called. */
const whenCalled = new Set(["http", "https", "zlib"]);

/** A function or class of one, which loads it when it is called or made. What isn't either is as it is. */
const laterOf = (path: string, name: string): string =>
  typeof (process.getBuiltinModule(`node:${path}`) as Record<string, unknown>)[name] === "function"
    ? `const own_${name} = function (...given) { return new.target ? new (own().${name})(...given) : own().${name}(...given); };`
    : `const own_${name} = /* @__PURE__ */ (() => own().${name})();`;

/**
 * Node's own modules, as `process.getBuiltinModule` hands them over. An `import` of one would read all that it exports for its
 * namespace, and some of that loads what nobody uses: `node:http` has WebSocket, and with it all of undici, a tenth of a
 * start. What is imported stays a constant; what isn't is left out of the bundle.
 */
export const withOwnModules: Plugin = {
  name: "own-modules",
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^(node:)?[a-z_0-9/]+$/ }, ({ path, kind, importer }) => {
      const name = path.replace(/^node:/, "");
      // `require` reads no exports.
      if (!builtins.has(name) || kind === "require-call") return undefined;
      if (kind === "dynamic-import") return { path: name, namespace: "own-later", sideEffects: false };
      const isLater = whenCalled.has(name) && /\/lambda\/src\//.test(importer);
      return { path: name, namespace: isLater ? "own-when-called" : "own", sideEffects: false };
    });
    onLoad({ filter: /.*/, namespace: "own-when-called" }, ({ path }) => ({
      contents: [
        `const own = () => process.getBuiltinModule("node:${path}");`,
        ...namesOf(path).map((name) => laterOf(path, name)),
        `export { ${namesOf(path).map((name) => `own_${name} as ${name}`)} };`,
      ].join("\n"),
    }));
    onLoad({ filter: /.*/, namespace: "own" }, ({ path }) => ({
      contents: [
        `const own = process.getBuiltinModule("node:${path}");`,
        "export default own;",
        ...namesOf(path).map((name) => `const own_${name} = /* @__PURE__ */ (() => own.${name})();`),
        `export { ${namesOf(path).map((name) => `own_${name} as ${name}`)} };`,
      ].join("\n"),
    }));
    onLoad({ filter: /.*/, namespace: "own-later" }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule("node:${path}");`,
    }));
  },
};
