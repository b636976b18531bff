/** From a path on one side to the path on the other, and the checks that keep it below its root. */
import { maxNameBytes } from "../sftp/entry-names.ts";
import { RefusedError } from "./errors.ts";

/** S3's limit of a key. Bytes of UTF-8. */
export const maxKeyBytes = 1024;

export const bytesOf = (text: string): number => Buffer.byteLength(text, "utf8");

/** Joins a remote directory (empty: the log-in directory) and a path below it. */
export const joinRemote = (directory: string, path: string): string =>
  directory === "" ? path : directory === "/" ? `/${path}` : `${directory}/${path}`;

/** What the paths of all that lies below a remote directory begin with. */
export const startBelow = (directory: string): string => joinRemote(directory, "");

/** Where a directory is that a walk of `root` names from there: the root itself is the empty one. */
export const walkedDirectory = (root: string, directory: string): string =>
  directory === "" ? root : joinRemote(root, directory);

export const directoryOf = (path: string): string => {
  const slash = path.lastIndexOf("/");
  return slash === 0 ? "/" : path.slice(0, Math.max(slash, 0));
};

export const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** The path of a name beside another path. */
export const besideOf = (path: string, name: string): string => joinRemote(directoryOf(path), name);

/** A name in a message: a listing may hold one of 256 KiB. */
const shown = (name: string): string => JSON.stringify(name.length > 300 ? `${name.slice(0, 300)}…` : name);

/** Why a name can't be one segment of a path, or undefined if it can. */
export const faultOfName = (name: string): string | undefined => {
  if (name === "") return "has an empty segment (a leading, trailing or double slash)";
  // Most names are plain, and a poll looks at a hundred thousand. A character has three bytes at most for each unit of its length.
  if (name.length * 3 <= maxNameBytes && !/^\.|[\\/\0\uFFFD]/.test(name)) return undefined;
  if (name.split("\\").some((part) => part === "." || part === ".."))
    return `has the segment ${shown(name)}, which would leave its directory`;
  if (name.includes("/")) return `has a slash in the name ${shown(name)}`;
  if (name.includes("\0")) return "has a NUL character";
  if (name.includes("\uFFFD")) return "has bytes that aren't UTF-8";
  if (bytesOf(name) > maxNameBytes) return `has a name of ${bytesOf(name)} bytes; servers allow ${maxNameBytes}`;
  return undefined;
};

const refusal = (stream: string, what: string, fault: string, more = ""): RefusedError =>
  new RefusedError(`Stream ${stream}: ${what} ${fault}. Rename it; it isn't moved as it is.${more}`);

const checked = (stream: string, what: string, path: string): string => {
  for (const segment of path.split("/")) {
    const fault = faultOfName(segment);
    if (fault) throw refusal(stream, what, fault);
  }
  return path;
};

/** Windows ends a name at its colon and before the dots and blanks at its end, and other file systems know no case and ignore what nobody sees. */
const asFileSystemsRead = (name: string): string =>
  name
    .normalize("NFKC")
    .replace(/\p{Default_Ignorable_Code_Point}/gu, "")
    .toLowerCase()
    .replace(/:.*$/s, "")
    .replace(/[. ]+$/, "");

/** Names of `.ssh`, its short one on Windows included. */
const isSshDirectory = (name: string): boolean => /^(\.ssh|ssh~\d+)$/.test(asFileSystemsRead(name));

/** `~` and `~user`, and not the lock files of office programs (`~$report.docx`): no user's name begins with a dollar. */
const isHome = (name: string): boolean => /^~(?!\$)/.test(name);

/** Chrooted servers call the log-in directory `/`. */
const isLogInDirectory = (directory: string): boolean => !directory.startsWith("/") || directory === "/";

/** Why a path would, to some servers, begin in another place than the directory; undefined if it wouldn't. */
const faultOfStart = (path: string): string | undefined => {
  if (path.startsWith("\\"))
    return "begins with a backslash, with which servers on Windows begin at the root of a drive, or at another machine";
  if (/^[a-z]:/i.test(path))
    return `begins with the drive letter ${shown(path.slice(0, 2))}, which servers on Windows take for another place than the stream's directory`;
  return undefined;
};

/** Why a path would, below a home directory, reach what isn't for files; undefined if it wouldn't. */
const faultBelowHome = (path: string): string | undefined => {
  const [first = ""] = path.split(/[/\\]/, 1);
  if (isSshDirectory(first))
    return `begins with ${shown(first)}, which in a home directory decides who may log in there`;
  return isHome(first) ? `begins with ${shown(first)}, which some servers take for a home directory` : undefined;
};

/** Ends what is said of such a name: that the way to have it sent isn't as safe. */
const onlyAbsolute =
  ' Only with an absolute push.sftp (not "/") are such names sent: less safe, since whoever puts objects there writes to them.';

/** The remote path for an S3 key's path below the prefix, or for the path that a template made (`what` says so). Throws RefusedError. */
export const remotePathFor = (
  stream: string,
  directory: string,
  path: string,
  what = `the S3 key ending in ${JSON.stringify(path)}`,
): string => {
  const start = faultOfStart(checked(stream, what, path));
  if (start) throw refusal(stream, what, start);
  const below = isLogInDirectory(directory) ? faultBelowHome(path) : undefined;
  if (below) throw refusal(stream, what, below, onlyAbsolute);
  return joinRemote(directory, path);
};

/** The S3 key for a remote file's path below the directory, or for the path that a template made (`what` says so). Throws RefusedError. */
export const keyFor = (
  stream: string,
  prefix: string,
  path: string,
  what = `the remote file ${JSON.stringify(path)}`,
): string => {
  const key = prefix + checked(stream, what, path);
  if (bytesOf(key) > maxKeyBytes) {
    throw new RefusedError(
      `Stream ${stream}: ${what} would get an S3 key of ${bytesOf(key)} bytes; S3 allows ${maxKeyBytes}. Shorten its path or the stream's prefix.`,
    );
  }
  return key;
};

/** Beginning and end of the names that uploads have before they are complete. */
const temporaryPrefix = ".s3-sftp-bridge-";
const temporarySuffix = ".tmp";

/** A temporary name beside the final one, so that the rename stays within one file system. Its length doesn't depend on the final name's. */
export const temporaryPathFor = (path: string, nonce: string): string =>
  besideOf(path, `${temporaryPrefix}${nonce}${temporarySuffix}`);

/** Is it an upload of a bridge, ours or another's, that isn't complete? */
export const isTemporary = (name: string): boolean =>
  name.startsWith(temporaryPrefix) && name.endsWith(temporarySuffix);
