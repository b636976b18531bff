import type { Metafile } from "esbuild";

/** Entries of the function's own source that are no feature: clients of AWS and what is made of them, which any stream may need. */
const clients = /^lambda\/src\/(aws\/sdk\/|s3\/open\.ts$)/;

/** What Lambda loads; all else is loaded by it. */
export const entryFile = "index.mjs";

export const fileOf = (path: string): string => path.split("/").at(-1) ?? path;

/** The outputs that are loaded with `index.mjs`, by path: all that it imports, but nothing by `import()` unless `follow` says so. */
const reachable = (outputs: Metafile["outputs"], follow: (path: string) => boolean): ReadonlySet<string> => {
  const reached = new Set(Object.keys(outputs).filter((path) => fileOf(path) === entryFile));
  // A set that grows while it is walked is walked to its end.
  for (const path of reached)
    for (const { path: next, kind } of outputs[path]?.imports ?? [])
      if (next in outputs && (kind !== "dynamic-import" || follow(next))) reached.add(next);
  return reached;
};

/** The outputs that are loaded at the start, by path. */
export const loadedAtStart = (outputs: Metafile["outputs"]): ReadonlySet<string> => reachable(outputs, () => false);

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
    return entry?.startsWith("lambda/src/") === true && !clients.test(entry);
  };
  const core = reachable(outputs, (path) => !isFeature(path));
  return new Set([...reachable(outputs, () => true)].filter((path) => !core.has(path)).map(fileOf));
};
