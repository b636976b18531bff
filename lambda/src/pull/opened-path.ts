/** What a file is called once it was changed on its way (`pull.pgp`, `pull.extract`). */
import { type ArchiveFormat, isArchive, type PullConfig, type PullExtract } from "../config/types.ts";
import type { Entry } from "../journal/entry.ts";
import { UnfitError } from "../transfer/errors.ts";
import { nameOf } from "../transfer/paths.ts";

/** Is the file changed before it gets its name in S3? Markers of the partner are taken as they are. */
export const isChanged = ({ marker_of }: Pick<Entry, "marker_of">, { pgp, extract }: PullConfig): boolean =>
  marker_of === undefined && (pgp ?? extract) !== undefined;

/** Does it lie in staging before it gets its name in S3: to be changed, or, markers as well, until its gate has let it pass? */
export const needsOpening = (entry: Pick<Entry, "marker_of">, pull: PullConfig): boolean =>
  pull.gate !== undefined || isChanged(entry, pull);

type Format = PullExtract["formats"][number];

/** What names end with. */
const endingsOf: Readonly<Record<Format, readonly string[]>> = {
  gzip: [".gz"],
  zstd: [".zst"],
  zip: [".zip"],
  tar: [".tar"],
  "tar.gz": [".tar.gz", ".tgz"],
};

/** The path without an ending, which has something before it; undefined where it hasn't that one. */
const without = (path: string, ending: string): string | undefined => {
  if (!path.endsWith(ending)) return undefined;
  const rest = path.slice(0, path.length - ending.length);
  return rest === "" || rest.endsWith("/") ? undefined : rest;
};

interface Opened {
  /** What it is packed as behind the decryption; undefined where it isn't. */
  readonly format: Format | undefined;
  /** The path below the directory once it is decrypted, and without its format's ending. */
  readonly unsealed: string;
  readonly rest: string;
}

/** Throws UnfitError for what isn't called as what the stream opens. */
const openedAs = (stream: string, { pgp, extract }: PullConfig, path: string): Opened => {
  const unfit = (by: string, endings: readonly string[]) =>
    new UnfitError(
      `Stream ${stream}: ${path} isn't called as what this stream opens (${by}): a name ending in ${endings.join(" or ")}. It stays at the partner; leave such files out with exclude, or have the partner call them so`,
    );
  const suffix = pgp?.stripSuffix ?? "";
  const unsealed = suffix === "" ? path : without(path, suffix);
  if (unsealed === undefined) throw unfit("pull.pgp.strip_suffix", [suffix]);
  if (extract === undefined) return { format: undefined, unsealed, rest: unsealed };
  const known = extract.formats.flatMap((format) => endingsOf[format].map((ending) => ({ format, ending })));
  // The longest one counts: .tar.gz before .gz.
  for (const { format, ending } of known.toSorted((a, b) => b.ending.length - a.ending.length)) {
    const rest = without(unsealed, ending);
    if (rest !== undefined) return { format, unsealed, rest };
  }
  throw unfit(
    "pull.extract",
    known.map(({ ending }) => ending),
  );
};

type Named = Pick<Entry, "path" | "marker_of">;

/** What the file is packed as, where that is to be unpacked. Throws UnfitError. */
export const formatOf = (stream: string, pull: PullConfig, { path, marker_of }: Named): Format | undefined =>
  marker_of === undefined && pull.extract !== undefined ? openedAs(stream, pull, path).format : undefined;

/** … as an archive of many files. Throws UnfitError. */
export const archiveFormatOf = (stream: string, pull: PullConfig, entry: Named): ArchiveFormat | undefined => {
  const format = formatOf(stream, pull, entry);
  return format !== undefined && isArchive(format) ? format : undefined;
};

/** Below the prefix, with a slash at its end; empty for the prefix itself. */
const directoryFor = (stream: string, into: string, { unsealed, rest }: Opened): string => {
  const name = nameOf(unsealed);
  const fields: Readonly<Record<string, string>> = { name, stem: nameOf(rest), stream };
  const own = unsealed.slice(0, unsealed.length - name.length);
  return `${into}/`.replace(/^\{dir\}\//, () => own).replace(/\{(\w+)\}/g, (whole, field) => fields[field] ?? whole);
};

/**
 * The path below the prefix; of an archive of many files that of their directory, with a slash at its end. Two files never get one
 * name, since each loses the same endings, to the letter: a file without them isn't taken. Throws UnfitError.
 */
export const openedPath = (stream: string, pull: PullConfig, { path, marker_of }: Named): string => {
  if (marker_of !== undefined) return path;
  const opened = openedAs(stream, pull, path);
  return opened.format !== undefined && isArchive(opened.format) && pull.extract !== undefined
    ? directoryFor(stream, pull.extract.into, opened)
    : opened.rest;
};

/** Does each archive have a directory of its own? */
export const isOwnDirectory = ({ into }: Pick<PullExtract, "into">): boolean => /\{(stem|name)\}/.test(into);

/** The directories above a path, the nearest first. */
export const above = (path: string): string[] => {
  const slash = path.lastIndexOf("/");
  return slash <= 0 ? [] : [path.slice(0, slash), ...above(path.slice(0, slash))];
};

/**
 * What a file may have been called before, by the path below the prefix that it got: an archive only where its files lie in a
 * directory that is called like it.
 */
export const closedPaths = ({ pgp, extract }: PullConfig, path: string): readonly string[] => {
  const suffix = pgp?.stripSuffix ?? "";
  if (extract === undefined) return [path + suffix];
  return extract.formats.flatMap((format) => {
    if (!isArchive(format)) return endingsOf[format].map((ending) => path + ending + suffix);
    if (extract.into === "{dir}/{name}") return above(path).map((one) => one + suffix);
    if (extract.into !== "{dir}/{stem}") return [];
    return above(path).flatMap((one) => endingsOf[format].map((ending) => one + ending + suffix));
  });
};
