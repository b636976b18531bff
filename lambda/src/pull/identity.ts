import { agree } from "../sftp/attributes.ts";
import type { RemoteStat } from "../sftp/remote.ts";

type Version = Pick<RemoteStat, "size" | "mtime">;

/** A remote file's version, as far as SFTP tells: size in bytes and mtime in seconds, `?` where the server doesn't say. */
export const identityOfFile = ({ size, mtime }: Version): string => `${size ?? "?"}:${mtime ?? "?"}`;

const numberOf = (text: string | undefined): number | undefined => {
  const number = Number(text);
  return text === undefined || text === "" || Number.isNaN(number) ? undefined : number;
};

/** What an identity was made of. */
export const versionOf = (identity: string): Version => {
  const [size, mtime] = identity.split(":");
  // Earlier versions of the bridge wrote 0 for a time that the server didn't tell.
  return { size: numberOf(size), mtime: numberOf(mtime) || undefined };
};

/** Does the listing show the very version that was recorded, as far as it tells? */
export const isVersion = (file: Version, identity: string | undefined): boolean =>
  identity !== undefined && identityOfFile(versionOf(identity)) === identityOfFile(file);

/** The same without its time, which says nothing. */
export const withoutTime = (identity: string): string =>
  identityOfFile({ size: versionOf(identity).size, mtime: undefined });

interface Recorded {
  readonly identity?: string | undefined;
  readonly listed?: string | undefined;
}

/** Does the listing tell a time, and what was listed then had none, or the other way round? */
export const toldOneTime = (file: Version, { identity = "", listed = identity }: Recorded): boolean =>
  (file.mtime === undefined) !== (versionOf(listed).mtime === undefined);

/**
 * … or as the listing showed it then, where a look at the file told more, or by its size alone, where only one of the two listings
 * told a time: that a server's times say nothing may be learned, and forgotten, after a file was made known.
 */
export const isRecorded = (file: Version, recorded: Recorded | undefined): boolean =>
  recorded !== undefined &&
  (isVersion(file, recorded.identity) ||
    isVersion(file, recorded.listed) ||
    (toldOneTime(file, recorded) &&
      file.size !== undefined &&
      [recorded.identity, recorded.listed].some((one) => one !== undefined && versionOf(one).size === file.size)));

/** May what a look told be this version? What either leaves out says nothing. */
export const mayBe = (stat: Version, identity: string): boolean => agree(stat, versionOf(identity));

/** Subdirectory that pulled files are moved to, as the original did. */
export const doneDirectory = ".done";

/** A name as a server may take it that knows no case or pads names. */
export const looselySpelled = (name: string): string => name.trim().replace(/\.+$/, "").toLowerCase();

/** Is it that directory, as a server may spell it? Else what was moved there would be pulled again, for ever. */
export const isDoneDirectory = (name: string): boolean => looselySpelled(name) === doneDirectory;
