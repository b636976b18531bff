import type { Metafile } from "esbuild";

/** What connects to a partner, and what moves files: nearly every run loads them, but none that finds the partner's connections taken. */
export const atPartner: readonly string[] = ["lambda/src/sftp/open.ts", "lambda/src/drain/loop.ts"];

/** Entries of the function's own source that are no feature, since any stream may need them: clients of AWS as well, and what is made of them. */
const isEverybodys = (entry: string): boolean =>
  atPartner.includes(entry) || /^lambda\/src\/(aws\/sdk\/|s3\/open\.ts$)/.test(entry);

/** What Lambda loads; all else is loaded by it. */
export const entryFile = "index.mjs";

export const fileOf = (path: string): string => path.split("/").at(-1) ?? path;

/** The outputs that are loaded with the file `from`, by path: all that it imports, but nothing by `import()` unless `follow` says so. */
const reachable = (
  outputs: Metafile["outputs"],
  follow: (path: string) => boolean,
  from: string = entryFile,
): ReadonlySet<string> => {
  const reached = new Set(Object.keys(outputs).filter((path) => fileOf(path) === from));
  // A set that grows while it is walked is walked to its end.
  for (const path of reached)
    for (const { path: next, kind } of outputs[path]?.imports ?? [])
      if (next in outputs && (kind !== "dynamic-import" || follow(next))) reached.add(next);
  return reached;
};

/** The outputs that are loaded at the start, by path. */
export const loadedAtStart = (outputs: Metafile["outputs"]): ReadonlySet<string> => reachable(outputs, () => false);

/**
 * The output that is made of the file `source` and waits for its use, and all that is loaded with it and isn't `there`, by path.
 * Undefined where no output waits so: a test may make a bundle of another entry.
 */
export const loadedLater = (
  outputs: Metafile["outputs"],
  source: string,
  there: ReadonlySet<string>,
): { readonly root: string; readonly paths: ReadonlySet<string> } | undefined => {
  const entry = Object.keys(outputs).find((path) => outputs[path]?.entryPoint === source && !there.has(fileOf(path)));
  if (entry === undefined) return undefined;
  const root = fileOf(entry);
  const paths = [...reachable(outputs, () => false, root)].filter((path) => !there.has(fileOf(path)));
  return { root, paths: new Set(paths) };
};

/** Bytes that are loaded at the start, before compression. */
export const bytesAtStart = ({ outputs }: Pick<Metafile, "outputs">): number =>
  [...loadedAtStart(outputs)].reduce((sum, path) => sum + (outputs[path]?.bytes ?? 0), 0);

/**
 * The files that only a feature loads which has to be asked for: those that can be reached from `index.mjs`, but not without
 * an `import()` of a file of the function's source. By name, in no order.
 */
export const optionalFiles = ({ outputs }: Pick<Metafile, "outputs">): ReadonlySet<string> => {
  const isFeature = (path: string): boolean => {
    const entry = outputs[path]?.entryPoint;
    return entry?.startsWith("lambda/src/") === true && !isEverybodys(entry);
  };
  const core = reachable(outputs, (path) => !isFeature(path));
  return new Set([...reachable(outputs, () => true)].filter((path) => !core.has(path)).map(fileOf));
};
