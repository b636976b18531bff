import { type BuildOptions, build, type Metafile, type Plugin } from "esbuild";
import { entryFile, fileOf, loadedAtStart, loadedLater } from "./optional.ts";

type Outputs = Metafile["outputs"];
type Output = Outputs[string];

export interface Parts {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly metafile: Metafile;
}

/** What `outputs` says once those at `merged` are one file of so many bytes: the one that was called `root`. */
const describeMerged = (outputs: Outputs, root: string, merged: ReadonlySet<string>, bytes: number): Outputs => {
  const described: Outputs = {};
  const inputs: Output["inputs"] = {};
  const imports: Output["imports"] = [];
  const entry = Object.entries(outputs).find(([path]) => fileOf(path) === root);
  if (entry === undefined) throw new Error(`esbuild made no ${root}`);
  const [entryPath, entryOutput] = entry;
  for (const [path, output] of Object.entries(outputs)) {
    if (!merged.has(path)) {
      const pointed = output.imports.map((one) => (merged.has(one.path) ? { ...one, path: entryPath } : one));
      described[path] = { ...output, imports: pointed };
      continue;
    }
    for (const [input, { bytesInOutput }] of Object.entries(output.inputs))
      inputs[input] = { bytesInOutput: (inputs[input]?.bytesInOutput ?? 0) + bytesInOutput };
    imports.push(...output.imports.filter(({ path: imported }) => !merged.has(imported)));
  }
  return { ...described, [entryPath]: { ...entryOutput, bytes, inputs, imports } };
};

/** Makes one file, called `root`, of those at `paths`; the others take what they share with it from there. */
const withOneFile = async (
  { files, metafile }: Parts,
  { root, paths }: { readonly root: string; readonly paths: ReadonlySet<string> },
  output: BuildOptions,
  banner: string,
): Promise<Parts> => {
  const outputs = new Map(Object.entries(metafile.outputs).map(([path, one]) => [fileOf(path), one]));
  const merged = new Set([...paths].map(fileOf));
  const others = [...files.keys()].filter((name) => !merged.has(name));
  const shared = new Set(others.flatMap((name) => outputs.get(name)?.imports.map(({ path }) => fileOf(path)) ?? []));

  const order = [...merged];
  // What files outside take of a merged one; two of them may export the same name.
  const exportsOf = (name: string) =>
    (outputs.get(name)?.exports ?? []).map((local) => ({ local, given: `${local}_${order.indexOf(name)}` }));
  const named = (name: string, from: string, write: (one: { local: string; given: string }) => string) =>
    `export { ${exportsOf(name).map(write).join(", ")} } from "./${from}";`;
  const everything = [
    `export { ${(outputs.get(root)?.exports ?? []).join(", ")} } from "./${root}";`,
    ...order
      .filter((name) => shared.has(name))
      .map((name) => named(name, name, ({ local, given }) => `${local} as ${given}`)),
  ].join("\n");

  /** A file's text without the banner, where nothing of it uses that. */
  const textOf = (name: string): string => {
    const text = new TextDecoder().decode(files.get(name));
    const rest = text.startsWith(banner) ? text.slice(banner.length) : text;
    return /\brequire\b/.test(rest) ? text : rest;
  };
  const fromMerged = (name: string): string => named(name, root, ({ local, given }) => `${given} as ${local}`);
  const plugin: Plugin = {
    name: "one-start",
    setup: ({ onResolve, onLoad }) => {
      onResolve({ filter: /.*/ }, ({ path, kind, namespace }) => {
        if (kind === "entry-point") return { path, namespace: path === root ? "start" : "other" };
        const name = fileOf(path);
        const isLater =
          kind === "dynamic-import" || namespace === "shared" || !path.startsWith("./") || !merged.has(name);
        if (isLater) return { path, external: true };
        return namespace === "other"
          ? { path: name, namespace: "shared", sideEffects: false }
          : { path: name, namespace: "merged" };
      });
      onLoad({ filter: /.*/, namespace: "start" }, () => ({ contents: everything }));
      onLoad({ filter: /.*/, namespace: "merged" }, ({ path }) => ({ contents: textOf(path) }));
      onLoad({ filter: /.*/, namespace: "other" }, ({ path }) => ({ contents: textOf(path) }));
      onLoad({ filter: /.*/, namespace: "shared" }, ({ path }) => ({ contents: fromMerged(path) }));
    },
  };
  const result = await build({
    ...output,
    entryPoints: [root, ...others],
    outdir: "/",
    write: false,
    bundle: true,
    plugins: [plugin],
  });
  return {
    files: new Map(result.outputFiles.map(({ path, contents }) => [fileOf(path), contents])),
    metafile: {
      ...metafile,
      outputs: describeMerged(metafile.outputs, root, paths, result.outputFiles[0]?.contents.length ?? 0),
    },
  };
};

/**
 * Makes one file of all that `index.mjs` loads when it is loaded itself, and one more for each of `later`, sources that nearly every
 * event loads by `import()`; what else is loaded so stays in files of their own, and takes what it shares with these from there. esbuild makes a
 * file of each set of entries that share something, and Node has to find, read and link each: 67 of them were a fifth of the bundle's
 * load. `output`: how all passes write their files.
 */
export const withOneStart = async (
  parts: Parts,
  later: readonly string[],
  output: BuildOptions,
  banner: string,
): Promise<Parts> => {
  let merged = await withOneFile(
    parts,
    { root: entryFile, paths: loadedAtStart(parts.metafile.outputs) },
    output,
    banner,
  );
  const there = new Set([entryFile]);
  for (const source of later) {
    const found = loadedLater(merged.metafile.outputs, source, there);
    if (found === undefined) continue;
    merged = await withOneFile(merged, found, output, banner);
    there.add(found.root);
  }
  return merged;
};
