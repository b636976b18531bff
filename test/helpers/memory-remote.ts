import { RemoteError } from "../../lambda/src/sftp/errors.ts";
import type { FileKind, Remote, RemoteEntry, RemoteStat } from "../../lambda/src/sftp/remote.ts";
import { type Effects, noFaults } from "./effects.ts";
import { pieceOf } from "./memory-objects.ts";

export interface MemoryFile {
  bytes: Buffer;
  /** Seconds. */
  mtime: number;
  mode?: number | undefined;
  /** Tells two files of one name apart. */
  inode: number;
}

/** A partner's file system. */
export interface MemoryDisk {
  readonly files: Map<string, MemoryFile>;
  readonly directories: Set<string>;
  /** Called after every change: for invariants that hold at each moment. */
  watch: () => void;
  /** Gives a renamed file a new time, as a server does that copies to rename. */
  stampsRenames: boolean;
}

let inodes = 0;

export const memoryDisk = (): MemoryDisk => ({
  files: new Map(),
  directories: new Set([""]),
  watch: () => {},
  stampsRenames: false,
});

/** Puts a file there as the partner would. */
export const place = (disk: MemoryDisk, path: string, content: string | Buffer, mtime: number): void => {
  const parts = path.split("/").slice(0, -1);
  for (let depth = 1; depth <= parts.length; depth++) disk.directories.add(parts.slice(0, depth).join("/"));
  disk.files.set(path, { bytes: Buffer.from(content), mtime, inode: ++inodes });
  disk.watch();
};

const parentOf = (path: string): string => path.split("/").slice(0, -1).join("/");

interface MemoryRemoteOptions {
  readonly disk: MemoryDisk;
  readonly effects?: Effects;
  /** Seconds. */
  readonly now: () => number;
}

/** A partner in memory, with the behaviour that `Remote` promises. */
export const memoryRemote = ({ disk, effects = noFaults, now }: MemoryRemoteOptions): Remote => {
  const lost = new AbortController();
  /** Asked for further connections with every file, as if all were large: what joins is of no use here, but holds slots. */
  let recruit: Parameters<NonNullable<Remote["reinforce"]>>[0] = () => {};
  const large = 1024 ** 3;
  const statOf = (path: string): (RemoteStat & { readonly kind: FileKind }) | undefined => {
    const file = disk.files.get(path);
    if (file) return { kind: "file", size: file.bytes.byteLength, mtime: file.mtime };
    return disk.directories.has(path) ? { kind: "directory", size: 0, mtime: 0 } : undefined;
  };
  const change = <T>(name: string, act: () => T): Promise<T> =>
    effects(name, () => {
      const result = act();
      disk.watch();
      return result;
    });

  return {
    partner: "us@partner:22",
    lost: lost.signal,
    stat: (path) => effects("remote.stat", () => statOf(path)),
    lstat: (path) => effects("remote.lstat", () => statOf(path)),
    async *list(directory) {
      const at = directory === "." ? "" : directory;
      const found = await effects("remote.list", () => {
        if (!disk.directories.has(at)) throw new RemoteError("missing", `${at} doesn't exist`, { path: at });
        const entries: RemoteEntry[] = [];
        for (const path of [...disk.files.keys(), ...disk.directories]) {
          const stat = statOf(path);
          if (path !== "" && parentOf(path) === at && stat)
            entries.push({ name: path.split("/").at(-1) ?? "", ...stat });
        }
        return entries;
      });
      yield found;
    },
    ensureDirectory: (path) =>
      change("remote.ensureDirectory", () => {
        const parts = path.split("/");
        for (let depth = 1; depth <= parts.length; depth++) disk.directories.add(parts.slice(0, depth).join("/"));
      }),
    openRead: (path) =>
      effects("remote.openRead", () => {
        const file = disk.files.get(path);
        if (!file) return undefined;
        recruit(large, () => {});
        return {
          stat: { kind: "file" as const, size: file.bytes.byteLength, mtime: file.mtime },
          size: file.bytes.byteLength,
          endsAt: async (bytes: number) => file.bytes.byteLength <= bytes,
          async *chunks(offset: number) {
            const piece = pieceOf(file.bytes);
            for (let at = offset; at < file.bytes.byteLength; at += piece) {
              // Whoever has read it may give its memory back.
              yield await effects("remote.read", () => Uint8Array.from(file.bytes.subarray(at, at + piece)));
            }
          },
          restat: () =>
            effects("remote.restat", () => ({ kind: "file" as const, size: file.bytes.byteLength, mtime: file.mtime })),
          restatPath: () => effects("remote.stat", () => statOf(path)),
          close: async () => {},
        };
      }),
    openWrite: (path, { mode, offset = 0 }) =>
      change("remote.openWrite", () => {
        if (mode === "create" && disk.files.has(path)) throw new RemoteError("exists", `${path} exists`, { path });
        if (!disk.directories.has(parentOf(path))) throw new RemoteError("missing", `${path}: no directory`, { path });
        const file =
          mode === "resume" ? disk.files.get(path) : { bytes: Buffer.alloc(0), mtime: now(), inode: ++inodes };
        if (!file) throw new RemoteError("missing", `${path} doesn't exist`, { path });
        disk.files.set(path, file);
        if (mode !== "replace") recruit(large, () => {});
        let acknowledged = offset;
        return {
          get acknowledged() {
            return acknowledged;
          },
          write: (chunk: Uint8Array) =>
            change("remote.write", () => {
              file.bytes = Buffer.concat([file.bytes.subarray(0, acknowledged), chunk]);
              file.mtime = now();
              acknowledged += chunk.byteLength;
            }),
          flush: async () => {},
          close: () =>
            effects("remote.close", () => ({ kind: "file" as const, size: file.bytes.byteLength, mtime: file.mtime })),
        };
      }),
    publish: (from, to) =>
      change("remote.publish", () => {
        const file = disk.files.get(from);
        if (!file) return false;
        disk.files.delete(from);
        disk.files.set(to, file);
        return true;
      }),
    move: (from, to) =>
      change("remote.move", () => {
        const file = disk.files.get(from);
        if (!file) return false;
        if (disk.files.has(to)) throw new RemoteError("exists", `${to} exists`, { path: to });
        disk.files.delete(from);
        disk.files.set(to, disk.stampsRenames ? { ...file, mtime: now() } : file);
        return true;
      }),
    setAttributes: (path, { mode, mtime }) =>
      change("remote.setAttributes", () => {
        const file = disk.files.get(path);
        if (!file) throw new RemoteError("missing", `${path} doesn't exist`, { path });
        file.mode = mode ?? file.mode;
        file.mtime = mtime ?? file.mtime;
      }),
    remove: (path) => change("remote.remove", () => disk.files.delete(path)),
    removeDirectory: (path) => change("remote.removeDirectory", () => disk.directories.delete(path)),
    reinforce: (given) => {
      recruit = given;
    },
    close: async () => {},
    destroy: (reason) => lost.abort(reason),
  };
};
