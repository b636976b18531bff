/** From a path on one side to the path on the other, and the checks that keep it below its root. */
import { maxNameBytes } from "../sftp/entry-names.ts";
import { RefusedError } from "./errors.ts";

/** S3's limit of a key. Bytes of UTF-8. */
export const maxKeyBytes = 1024;

export const bytesOf = (text: string): number => Buffer.byteLength(text, "utf8");

/** Joins a remote directory (empty: the log-in directory) and a path below it. */
export const joinRemote = (directory: string, path: string): string =>
  directory === "" ? path : directory === "/" ? `/${path}` : `${directory}/${path}`;

export const directoryOf = (path: string): string => {
  const slash = path.lastIndexOf("/");
  return slash === 0 ? "/" : path.slice(0, Math.max(slash, 0));
};

export const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** A name in a message: a listing may hold one of 256 KiB. */
const shown = (name: string): string => JSON.stringify(name.length > 300 ? `${name.slice(0, 300)}…` : name);

/** Why a name can't be one segment of a path, or undefined if it can. */
export const faultOfName = (name: string): string | undefined => {
  if (name === "") return "has an empty segment (a leading, trailing or double slash)";
  if (name.split("\\").some((part) => part === "." || part === ".."))
    return `has the segment ${shown(name)}, which would leave its directory`;
  if (name.includes("/")) return `has a slash in the name ${shown(name)}`;
  if (name.includes("\0")) return "has a NUL character";
  if (name.includes("\uFFFD")) return "has bytes that aren't UTF-8";
  if (bytesOf(name) > maxNameBytes) return `has a name of ${bytesOf(name)} bytes; servers allow ${maxNameBytes}`;
  return undefined;
};

const checked = (stream: string, what: string, path: string): string => {
  for (const segment of path.split("/")) {
    const fault = faultOfName(segment);
    if (fault) throw new RefusedError(`Stream ${stream}: ${what} ${fault}. Rename it; it isn't moved as it is.`);
  }
  return path;
};

/** The remote path for an S3 key's path below the prefix. Throws RefusedError. */
export const remotePathFor = (stream: string, directory: string, path: string): string =>
  joinRemote(directory, checked(stream, `the S3 key ending in ${JSON.stringify(path)}`, path));

/** The S3 key for a remote file's path below the directory. Throws RefusedError. */
export const keyFor = (stream: string, prefix: string, path: string): string => {
  const key = prefix + checked(stream, `the remote file ${JSON.stringify(path)}`, path);
  if (bytesOf(key) > maxKeyBytes) {
    throw new RefusedError(
      `Stream ${stream}: the remote file ${JSON.stringify(path)} would get an S3 key of ${bytesOf(key)} bytes; S3 allows ${maxKeyBytes}. Shorten its path or the stream's prefix.`,
    );
  }
  return key;
};

/** Beginning and end of the names that uploads have before they are complete. */
const temporaryPrefix = ".s3-sftp-bridge-";
const temporarySuffix = ".tmp";

/** A temporary name beside the final one, so that the rename stays within one file system. Its length doesn't depend on the final name's. */
export const temporaryPathFor = (path: string, nonce: string): string => {
  const name = `${temporaryPrefix}${nonce}${temporarySuffix}`;
  const directory = directoryOf(path);
  return directory === "" ? name : joinRemote(directory, name);
};

/** Is it an upload of a bridge, ours or another's, that isn't complete? */
export const isTemporary = (name: string): boolean =>
  name.startsWith(temporaryPrefix) && name.endsWith(temporarySuffix);
