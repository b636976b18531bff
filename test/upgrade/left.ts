/** What a version of the bridge leaves behind in a world in memory, as JSON: the journal, the partner's files, and the buckets. */

type Item = Readonly<Record<string, unknown>>;

interface Version {
  readonly bytes: string;
  readonly versionId: string;
  readonly lastModified: number;
  readonly metadata: Record<string, string>;
}

export interface Left {
  readonly scenario: string;
  /** Of the stream's configuration, as that version had it. */
  readonly sides: object;
  /** What happened before it was left. */
  readonly after: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly items: readonly Item[];
  readonly files: readonly (readonly [path: string, content: string, mtime: number])[];
  readonly directories: readonly string[];
  readonly objects: readonly (readonly [name: string, versions: readonly (Version | null)[]])[];
  readonly uploads: readonly (readonly [
    id: string,
    upload: { place: string; metadata: Record<string, string>; parts: [number, string][]; begun: number },
  ])[];
}

/** What worlds of all versions have. */
export interface AnyWorld {
  readonly time: { now: number };
  readonly items: Map<string, Item>;
  readonly disk: {
    readonly files: Map<string, { bytes: Buffer; mtime: number; inode: number }>;
    readonly directories: Set<string>;
  };
  readonly buckets: {
    readonly objects: Map<string, ((Omit<Version, "bytes"> & { readonly bytes: Buffer }) | undefined)[]>;
    readonly uploads: Map<
      string,
      { place: string; metadata: Record<string, string>; parts: Map<number, Buffer>; begun: number }
    >;
  };
}

/**
 * All of a world. Its numbered names (`n7`, `upload-3`) get another beginning, so that a later version, which counts from 1
 * again, doesn't take them for its own. Contents are ASCII.
 */
export const leftBy = (world: AnyWorld, what: Pick<Left, "scenario" | "sides" | "after">): Left => {
  const left: Left = {
    ...what,
    now: world.time.now,
    items: [...world.items.values()],
    files: [...world.disk.files].map(([path, { bytes, mtime }]) => [path, bytes.toString("latin1"), mtime]),
    directories: [...world.disk.directories],
    objects: [...world.buckets.objects].map(([name, versions]) => [
      name,
      versions.map((version) => (version ? { ...version, bytes: version.bytes.toString("latin1") } : null)),
    ]),
    uploads: [...world.buckets.uploads].map(([id, { place, metadata, parts, begun }]) => [
      id,
      { place, metadata, begun, parts: [...parts].map(([number, bytes]) => [number, bytes.toString("latin1")]) },
    ]),
  };
  return JSON.parse(JSON.stringify(left).replace(/(?<=["\-.])(n|upload-)(?=\d+["\-.])/g, "earlier-")) as Left;
};

/** Puts all of it into a world that is empty. */
export const putBack = (world: AnyWorld, left: Left): void => {
  world.time.now = left.now;
  for (const item of left.items) world.items.set(`${String(item["pk"])}\n${String(item["sk"])}`, item);
  for (const path of left.directories) world.disk.directories.add(path);
  left.files.forEach(([path, content, mtime], index) => {
    world.disk.files.set(path, { bytes: Buffer.from(content, "latin1"), mtime, inode: -index - 1 });
  });
  for (const [name, versions] of left.objects)
    world.buckets.objects.set(
      name,
      versions.map((version) => (version ? { ...version, bytes: Buffer.from(version.bytes, "latin1") } : undefined)),
    );
  for (const [id, { parts, ...upload }] of left.uploads)
    world.buckets.uploads.set(id, {
      ...upload,
      parts: new Map(parts.map(([number, bytes]) => [number, Buffer.from(bytes, "latin1")])),
    });
};
