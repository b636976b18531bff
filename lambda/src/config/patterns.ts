import picomatch from "picomatch";

/** Says whether a path below the stream's prefix or directory is one to be moved. */
export type PathFilter = (path: string) => boolean;

const isMatch = (matchers: readonly PathFilter[], path: string): boolean => matchers.some((matches) => matches(path));

/** A glob is compiled where the configuration is checked, and for each poll: once is enough. */
const compiled = new Map<string, PathFilter>();
const maxCompiled = 10_000;

const matcherOf = (glob: string): PathFilter => {
  const known = compiled.get(glob);
  if (known) return known;
  const made = picomatch(glob, { dot: true, strictSlashes: true, strictBrackets: true, nonegate: true });
  const matches = (path: string): boolean => made(path);
  if (compiled.size >= maxCompiled) compiled.clear();
  compiled.set(glob, matches);
  return matches;
};

/**
 * Include and exclude globs over whole paths (`**` crosses directories, `*` doesn't). An empty include means all; exclude
 * wins. Names with a leading dot match like any other: a partner's `.trigger` file is a file.
 */
export const pathFilter = (patterns: {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}): PathFilter => {
  const included = patterns.include.map(matcherOf);
  const excluded = patterns.exclude.map(matcherOf);
  return (path) => (included.length === 0 || isMatch(included, path)) && !isMatch(excluded, path);
};
