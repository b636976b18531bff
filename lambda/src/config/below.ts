/** How two remote directories lie to each other. */

/** The path of a directory below another one; undefined where it lies elsewhere, and empty where they are one. */
export const belowOf = (root: string, directory: string): string | undefined => {
  if (directory === root) return "";
  const start = root === "" ? "" : root === "/" ? "/" : `${root}/`;
  return directory.startsWith(start) && (root !== "" || !directory.startsWith("/"))
    ? directory.slice(start.length)
    : undefined;
};
