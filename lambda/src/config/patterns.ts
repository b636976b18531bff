import picomatch from "picomatch";

/** Says whether a path below the stream's prefix or directory is one to be moved. */
export type PathFilter = (path: string) => boolean;

/**
 * Include and exclude globs over whole paths (`**` crosses directories, `*` doesn't). An empty include means all; exclude
 * wins. Names with a leading dot match like any other: a partner's `.trigger` file is a file.
 */
export const pathFilter = (patterns: {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}): PathFilter => {
  const matcher = (globs: readonly string[]) =>
    picomatch([...globs], { dot: true, strictSlashes: true, strictBrackets: true, nonegate: true });
  const included = patterns.include.length === 0 ? () => true : matcher(patterns.include);
  const excluded = patterns.exclude.length === 0 ? () => false : matcher(patterns.exclude);
  return (path) => included(path) && !excluded(path);
};
