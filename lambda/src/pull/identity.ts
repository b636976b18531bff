import type { RemoteStat } from "../sftp/remote.ts";

/** A remote file's version, as far as SFTP tells: size in bytes and mtime in seconds. */
export const identityOfFile = ({ size, mtime }: Pick<RemoteStat, "size" | "mtime">): string => `${size}:${mtime}`;

/** Subdirectory that pulled files are moved to, as the original did. */
export const doneDirectory = ".done";
