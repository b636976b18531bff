/** Names of files, whatever way a server writes them. */

/** Longest name that common file systems and SFTP servers take. Bytes of UTF-8. */
export const maxNameBytes = 255;

/**
 * The name below `directory` that a server's word for it stands for. Some answer whole paths (`/x/out/a.csv`), `./a.csv`, or
 * `sub/` for a directory: what is below the directory is one and the same name. Undefined for the directory itself and the
 * one above it. All else comes back as it is, to be refused where it can't be a name.
 */
export const entryName = (given: string, directory: string): string | undefined => {
  // Nearly all are: of a hundred thousand each expression costs.
  if (!given.includes("/") && !given.includes("\\")) return given === "." || given === ".." ? undefined : given;
  const said = withSlashes(given, directory);
  const name = said.replace(/(.)\/+$/s, "$1").replace(/^(\.\/+)+/, "");
  if (!name.includes("/")) return name === "." || name === ".." || (name === "" && said !== "") ? undefined : name;
  const own = directory.replace(/(.)\/+$/s, "$1").replace(/^(\.\/+)+/, "");
  if (name === own || name === parentOf(own)) return undefined;
  const prefix = own === "/" ? "/" : `${own}/`;
  const below = name.startsWith(prefix) ? name.slice(prefix.length).replace(/^\/+/, "") : name;
  return below === "." || below === ".." || below === "" ? undefined : below;
};

/** A whole path as Windows writes it, `\\x\\out\\a.csv`; other names may well have backslashes. */
const withSlashes = (said: string, directory: string): string => {
  const path = said.replaceAll("\\", "/");
  return directory.startsWith("/") && path.startsWith(`${directory.replace(/\/+$/, "")}/`) ? path : said;
};

const parentOf = (directory: string): string => directory.slice(0, directory.lastIndexOf("/")) || "/";
