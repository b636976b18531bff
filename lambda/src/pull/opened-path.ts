/** What a file is called once it was changed on its way (`pull.pgp`, `pull.extract`). */
import type { PullConfig } from "../config/types.ts";
import type { Entry } from "../journal/entry.ts";
import { endingOf } from "../staging/transform.ts";
import { UnfitError } from "../transfer/errors.ts";

/** Is the file changed before it gets its name in S3? Markers of the partner are taken as they are. */
export const isChanged = ({ marker_of }: Pick<Entry, "marker_of">, { pgp, extract }: PullConfig): boolean =>
  marker_of === undefined && (pgp ?? extract) !== undefined;

/** Does it lie in staging before it gets its name in S3: to be changed, or, markers as well, until its gate has let it pass? */
export const needsOpening = (entry: Pick<Entry, "marker_of">, pull: PullConfig): boolean =>
  pull.gate !== undefined || isChanged(entry, pull);

/** The path without one of the endings, which has something before it; undefined where it has none of them. */
const without = (path: string, endings: readonly string[]): string | undefined => {
  const ending = endings.find((one) => path.endsWith(one));
  if (ending === undefined) return undefined;
  const rest = path.slice(0, path.length - ending.length);
  return rest === "" || rest.endsWith("/") ? undefined : rest;
};

/**
 * The path below the prefix. Two files never get one name, since each loses the same endings, to the letter: a file without them isn't taken. Throws
 * UnfitError.
 */
export const openedPath = (
  stream: string,
  pull: PullConfig,
  { path, marker_of }: Pick<Entry, "path" | "marker_of">,
): string => {
  const { pgp, extract } = pull;
  if (marker_of !== undefined) return path;
  const steps = [
    ...(pgp !== undefined && pgp.stripSuffix !== ""
      ? [{ by: "pull.pgp.strip_suffix", endings: [pgp.stripSuffix] }]
      : []),
    ...(extract !== undefined ? [{ by: "pull.extract", endings: extract.formats.map((one) => endingOf[one]) }] : []),
  ];
  let opened = path;
  for (const { by, endings } of steps) {
    const rest = without(opened, endings);
    if (rest === undefined)
      throw new UnfitError(
        `Stream ${stream}: ${path} isn't called as what this stream opens (${by}): a name ending in ${endings.join(" or ")}. It stays at the partner; leave such files out with exclude, or have the partner call them so`,
      );
    opened = rest;
  }
  return opened;
};

/** What a file was called before, by the path below the prefix that `openedPath` made. */
export const closedPath = ({ pgp, extract }: PullConfig, path: string): string =>
  path + (extract?.formats[0] === undefined ? "" : endingOf[extract.formats[0]]) + (pgp?.stripSuffix ?? "");
