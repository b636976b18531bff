import type { FileKind, RemoteStat } from "./remote.ts";

/** What an ATTRS answer carries; a server may leave out each part. */
export interface Attributes {
  readonly mode?: number | undefined;
  readonly size?: number | undefined;
  readonly mtime?: number | undefined;
}

const typeMask = 0o170000;
const kinds = new Map<number, FileKind>([
  [0o100000, "file"],
  [0o040000, "directory"],
  [0o120000, "symlink"],
]);

/** Do the attributes say what kind of thing it is, and how large? */
export const isComplete = ({ mode, size }: Attributes): boolean =>
  mode !== undefined && (mode & typeMask) !== 0 && size !== undefined;

/** Attributes as the bridge uses them. Without permissions, which version 3 leaves to the server, it is taken for a file. */
export const toStat = ({ mode, size, mtime }: Attributes): RemoteStat => {
  const type = (mode ?? 0) & typeMask;
  return { kind: type === 0 ? "file" : (kinds.get(type) ?? "other"), size: size ?? 0, mtime: mtime ?? 0 };
};
