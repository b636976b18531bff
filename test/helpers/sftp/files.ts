/** A file system in memory for the adversarial server: files that hold bytes, or make them up as they are read. */
export interface FileNode {
  readonly kind: "file";
  size: number;
  mtime: number;
  /** Fills the buffer from this offset. */
  read(offset: number, into: Buffer): void;
  write(offset: number, bytes: Buffer): void;
}
export interface OtherNode {
  readonly kind: "directory" | "symlink";
  readonly size: number;
  mtime: number;
}
export type Node = FileNode | OtherNode;

const now = () => Math.floor(Date.now() / 1000);

/** A file that keeps its bytes. */
export const storedFile = (content: Uint8Array = new Uint8Array()): FileNode & { readonly content: Buffer } => {
  let room = Buffer.from(content);
  let data = room;
  return {
    kind: "file",
    mtime: now(),
    get size() {
      return data.length;
    },
    set size(size) {
      if (size > room.length) {
        // With room to grow: a large file comes in many little pieces.
        const larger = Buffer.alloc(2 * size);
        data.copy(larger);
        room = larger;
      } else room.fill(0, Math.min(size, data.length), Math.max(size, data.length));
      data = room.subarray(0, size);
    },
    get content() {
      return data;
    },
    read: (offset, into) => void data.copy(into, 0, offset),
    write(offset, bytes) {
      if (offset + bytes.length > data.length) this.size = offset + bytes.length;
      bytes.copy(data, offset);
      this.mtime = now();
    },
  };
};

const period = 251;
const pattern = Buffer.from(Array.from({ length: period * 4096 }, (_, index) => (index * 7) % period));

/** The bytes that a made-up file has from this offset on. */
export const patternAt = (offset: number, length: number): Buffer => {
  const parts: Buffer[] = [];
  for (let at = offset % period, left = length; left > 0; at = 0) {
    const part = pattern.subarray(at, at + left);
    // The pattern is a whole number of periods long, so the next part starts at its beginning.
    parts.push(part);
    left -= part.length;
  }
  return Buffer.concat(parts, length);
};

/** A file of any size that takes no memory: reads give the pattern, writes are held against it. */
export const generatedFile = (size = 0): FileNode & { readonly wrong: number } => {
  let wrong = 0;
  return {
    kind: "file",
    size,
    mtime: now(),
    get wrong() {
      return wrong;
    },
    read: (offset, into) => void patternAt(offset, into.length).copy(into),
    write(offset, bytes) {
      if (!bytes.equals(patternAt(offset, bytes.length))) wrong += 1;
      this.size = Math.max(this.size, offset + bytes.length);
    },
  };
};

export const directory = (): OtherNode => ({ kind: "directory", size: 4096, mtime: now() });
export const symlink = (): OtherNode => ({ kind: "symlink", size: 10, mtime: now() });

/** Files by their paths: two that come to the same by `oneFile` are one, and `keptAs` says under which path a new one is kept. */
export const namedFiles = (
  oneFile: ((path: string) => string) | undefined,
  keptAs: (path: string) => string = (path) => path,
): Map<string, Node> => {
  if (oneFile === undefined) return new Map();
  const paths = new Map<string, string>();
  class NamedFiles extends Map<string, Node> {
    override get(path: string) {
      return super.get(paths.get(oneFile?.(path) ?? path) ?? path);
    }
    override has(path: string) {
      return paths.has(oneFile?.(path) ?? path);
    }
    override set(path: string, node: Node) {
      const name = oneFile?.(path) ?? path;
      if (!paths.has(name)) paths.set(name, keptAs(path));
      return super.set(paths.get(name) ?? path, node);
    }
    override delete(path: string) {
      const name = oneFile?.(path) ?? path;
      const was = paths.get(name);
      paths.delete(name);
      return was !== undefined && super.delete(was);
    }
  }
  return new NamedFiles();
};
