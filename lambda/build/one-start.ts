import { build, type Metafile, type Plugin } from "esbuild";

type Outputs = Metafile["outputs"];
type Output = Outputs[string];

export interface Parts {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly metafile: Metafile;
}

const nameOf = (path: string): string => path.split("/").at(-1) ?? path;

/** Names of the files that `start` loads without an `import()`, itself among them. */
const startOf = (outputs: ReadonlyMap<string, Output>, start: string): ReadonlySet<string> => {
  const reached = new Set([start]);
  // A set that grows while it is walked is walked to its end.
  for (const name of reached)
    for (const { path, kind, external } of outputs.get(name)?.imports ?? [])
      if (kind !== "dynamic-import" && !external) reached.add(nameOf(path));
  return reached;
};

/** What `outputs` says once `merged` are one file, `start`, of so many bytes. */
const describeMerged = (outputs: Outputs, start: string, merged: ReadonlySet<string>, bytes: number): Outputs => {
  const isMerged = (path: string): boolean => merged.has(nameOf(path));
  const paths = Object.keys(outputs);
  const startPath = paths.find((path) => nameOf(path) === start) ?? start;
  const all = paths.filter(isMerged).flatMap((path) => outputs[path] ?? []);
  const inputs: Output["inputs"] = {};
  for (const [input, { bytesInOutput }] of all.flatMap((one) => Object.entries(one.inputs)))
    inputs[input] = { bytesInOutput: (inputs[input]?.bytesInOutput ?? 0) + bytesInOutput };
  const others = paths.filter((path) => !isMerged(path));
  const pointed = ({ path, ...rest }: Output["imports"][number]) => ({
    ...rest,
    path: isMerged(path) ? startPath : path,
  });
  return {
    ...Object.fromEntries(
      others.flatMap((path) => {
        const output = outputs[path];
        return output ? [[path, { ...output, imports: output.imports.map(pointed) }]] : [];
      }),
    ),
    [startPath]: {
      bytes,
      inputs,
      exports: outputs[startPath]?.exports ?? [],
      ...(outputs[startPath]?.entryPoint !== undefined && { entryPoint: outputs[startPath].entryPoint }),
      imports: all.flatMap((one) => one.imports).filter(({ path, external }) => external || !isMerged(path)),
    },
  };
};

/**
 * Makes one file of all that `start` (a file's name) loads when it is loaded itself; what it loads by `import()` stays in files of their
 * own, and takes what it shares with it from there. esbuild makes a file of each set of entries that share something, and Node needs a
 * millisecond of the processor to find and link each: 67 of them were 0.29 of the bundle's load.
 */
export const withOneStart = async ({ files, metafile }: Parts, start: string, banner: string): Promise<Parts> => {
  const outputs = new Map(Object.entries(metafile.outputs).map(([path, output]) => [nameOf(path), output]));
  const merged = startOf(outputs, start);
  const others = [...files.keys()].filter((name) => !merged.has(name));
  const shared = new Set(others.flatMap((name) => outputs.get(name)?.imports.map(({ path }) => nameOf(path)) ?? []));

  const order = [...merged];
  // What files outside take of a merged one; two of them may export the same name.
  const exportsOf = (name: string) =>
    (outputs.get(name)?.exports ?? []).map((local) => ({ local, given: `${local}_${order.indexOf(name)}` }));
  const named = (name: string, from: string, write: (one: { local: string; given: string }) => string) =>
    `export { ${exportsOf(name).map(write).join(", ")} } from "./${from}";`;
  const everything = [
    `export { ${(outputs.get(start)?.exports ?? []).join(", ")} } from "./${start}";`,
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
  const fromMerged = (name: string): string => named(name, start, ({ local, given }) => `${given} as ${local}`);
  const plugin: Plugin = {
    name: "one-start",
    setup: ({ onResolve, onLoad }) => {
      onResolve({ filter: /.*/ }, ({ path, kind, namespace }) => {
        if (kind === "entry-point") return { path, namespace: path === start ? "start" : "other" };
        const name = nameOf(path);
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
    entryPoints: [start, ...others],
    outdir: "/",
    outExtension: { ".js": ".mjs" },
    write: false,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node24",
    plugins: [plugin],
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "none",
    charset: "utf8",
    tsconfigRaw: {},
    logLevel: "silent",
  });
  return {
    files: new Map(result.outputFiles.map(({ path, contents }) => [nameOf(path), contents])),
    metafile: {
      ...metafile,
      outputs: describeMerged(metafile.outputs, start, merged, result.outputFiles[0]?.contents.length ?? 0),
    },
  };
};
