/**
 * The order in which a tree is walked: a directory before what is below it, and those beside each other by name. A walk that
 * is broken off is described by the last directory that it got through.
 */
const segmentsOf = (directory: string): string[] => (directory === "" ? [] : directory.split("/"));

/** Is this directory, or anything below it, still to be walked when `done` was the last one that was? */
export const isAhead = (directory: string, done: string): boolean =>
  isAbove(directory, done) || isBehind(directory, done);

/** Is it `done` itself, or one that it lies in: walked, but not everything below it. */
export const isAbove = (directory: string, done: string): boolean =>
  directory === "" || done === directory || done.startsWith(`${directory}/`);

/** Does it come after `done`? */
export const isBehind = (directory: string, done: string): boolean => {
  const [mine, theirs] = [segmentsOf(directory), segmentsOf(done)];
  for (const [index, name] of mine.entries()) {
    const other = theirs[index];
    if (other === undefined) return true;
    if (name !== other) return name > other;
  }
  return false;
};
