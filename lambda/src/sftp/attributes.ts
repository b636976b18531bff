import type { FileKind, RemoteStat } from "./remote.ts";

/** What an ATTRS answer carries; a server may leave out each part. */
export interface Attributes {
  readonly mode?: number | undefined;
  readonly size?: number | undefined;
  readonly mtime?: number | undefined;
}

/** The bits of the permissions that tell the type. */
export const typeMask = 0o170000;
const kinds = new Map<number, FileKind>([
  [0o100000, "file"],
  [0o040000, "directory"],
  [0o120000, "symlink"],
]);

/** -1 in 32 bits: as good as no time. */
const noTime = 0xffff_ffff;

/** What servers say that reckon sizes in 32 bits, of a size that doesn't fit or that they don't know; some files have it. Bytes. */
const noSizes: readonly (number | undefined)[] = [0xffff_ffff, 0x7fff_ffff];

const sizeOf = (size: number | undefined): number | undefined =>
  Number.isSafeInteger(size) && (size ?? -1) >= 0 && !noSizes.includes(size) ? size : undefined;

/**
 * Attributes as the bridge uses them. Permissions without the bits of the type leave it unknown; so do a size that no file
 * has, and the times 0 and -1, which servers send that know none.
 */
export const toStat = ({ mode, size, mtime }: Attributes): RemoteStat => {
  const type = (mode ?? 0) & typeMask;
  const kind = type === 0 ? undefined : (kinds.get(type) ?? "other");
  const told = { kind, size: sizeOf(size), mtime: mtime === 0 || mtime === noTime ? undefined : mtime };
  const stat: RemoteStat = mode === undefined ? told : { ...told, mode: mode & 0o7777 };
  return size !== undefined && noSizes.includes(size) ? { ...stat, sizeMayBe: size } : stat;
};

/** What a look told that was refused: nothing. */
export const noAnswer: RemoteStat = Object.freeze({ kind: undefined, size: undefined, mtime: undefined });

/** Did a look tell anything that tells versions apart? */
export const tellsVersion = ({ size, mtime }: RemoteStat): boolean => size !== undefined || mtime !== undefined;

/** Was the look answered? Else it isn't known whether anything is there. */
export const toldAnything = (stat: RemoteStat): boolean => stat !== noAnswer;

/** Do two looks tell of one version, as far as both tell? A part that either leaves out says nothing. */
export const agree = (one: Pick<RemoteStat, "size" | "mtime">, other: Pick<RemoteStat, "size" | "mtime">): boolean =>
  same(one.size, other.size) && same(one.mtime, other.mtime);

const same = (one: number | undefined, other: number | undefined): boolean =>
  one === undefined || other === undefined || one === other;
