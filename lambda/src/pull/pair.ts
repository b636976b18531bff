/**
 * Files and their markers (`pull.ready`), directory by directory, in whatever order a server lists them: a file counts once
 * its marker was listed as well.
 */
import { chunksOf } from "../concurrency/chunks.ts";
import type { PullReady } from "../config/types.ts";
import type { RemoteEntry } from "../sftp/remote.ts";
import { mayBeFrom, nameFrom } from "../transfer/name-template.ts";
import { joinRemote } from "../transfer/paths.ts";
import type { Listed, WalkReport } from "./walk.ts";

/** Names of one directory that wait for their other half. */
const maxWaiting = 100_000;
/** Files of one marker that its entry names; of one with more, all of the directory's count. */
const maxNamed = 500;
/** Names that are handed on at one time. */
const batchSize = 256;

export interface ListedMarker {
  readonly file: RemoteEntry;
  /** Files that it speaks for, where each file has one. */
  readonly names: readonly string[];
  /** Is any of its files listed? */
  readonly hasFiles: boolean;
}

/** A batch of a listing, held against the markers in it. */
export interface Paired extends Listed {
  /** Files without a marker, and markers: only once all of the directory was listed. */
  readonly unready?: readonly RemoteEntry[];
  readonly markers?: readonly ListedMarker[];
}

export const isMarkerName = ({ marker }: PullReady, name: string): boolean => mayBeFrom(marker, name);

/** The name of a file's marker. */
export const markerNameOf = ({ marker }: PullReady, name: string): string => nameFrom(marker, name);

interface Marker {
  readonly file: RemoteEntry;
  readonly names: string[];
}

const sortDirectory = (ready: PullReady, isWanted: (file: RemoteEntry) => boolean) => {
  const markers = new Map<string, Marker>();
  const waiting = new Map<string, RemoteEntry[]>();
  const seen = new Set<string>();
  let held = 0;
  return {
    /** Returns what can go on, and whether all of it was taken. */
    add(files: readonly RemoteEntry[]): { readonly files: RemoteEntry[]; readonly isAll: boolean } {
      const whole: RemoteEntry[] = [];
      let isAll = true;
      for (const file of files) {
        const isMarker = isMarkerName(ready, file.name);
        if (!isMarker && !isWanted(file)) {
          whole.push(file);
          continue;
        }
        const key = isMarker ? file.name : markerNameOf(ready, file.name);
        const marker = markers.get(key);
        if (!isMarker && marker) {
          marker.names.push(file.name);
          seen.add(key);
          whole.push(file);
        } else if (held >= maxWaiting) isAll = false;
        else if (isMarker) {
          held++;
          const early = waiting.get(key) ?? [];
          waiting.delete(key);
          markers.set(key, { file, names: early.map(({ name }) => name) });
          if (early.length > 0) seen.add(key);
          for (const one of early) whole.push(one);
        } else {
          held++;
          const others = waiting.get(key);
          if (others) others.push(file);
          else waiting.set(key, [file]);
        }
      }
      return { files: whole, isAll };
    },
    *rest() {
      for (const unready of chunksOf([...waiting.values()].flat(), batchSize)) yield { unready };
      const all = [...markers].map(([key, { file, names }]) => ({
        file,
        names: ready.scope === "file" && names.length <= maxNamed ? names : [],
        hasFiles: seen.has(key),
      }));
      for (const some of chunksOf(all, batchSize)) yield { markers: some };
    },
  };
};

/** The walk, with files held back until their markers are listed. Without `ready` it is what it was. */
export async function* pairWithMarkers(
  found: AsyncIterable<Listed>,
  {
    ready,
    isWanted,
    report,
  }: {
    readonly ready: PullReady | undefined;
    /** Is it a file that is to be pulled, by its path and what is told of it? */
    readonly isWanted: (path: string, file: RemoteEntry) => boolean;
    readonly report: Pick<WalkReport, "limited">;
  },
): AsyncGenerator<Paired> {
  if (!ready) return yield* found;
  let current:
    | { readonly directory: string; readonly sorter: ReturnType<typeof sortDirectory>; isTold: boolean }
    | undefined;
  for await (const listed of found) {
    const { directory } = listed;
    if (current?.directory !== directory)
      current = {
        directory,
        sorter: sortDirectory(ready, (file) =>
          isWanted(directory === "" ? file.name : joinRemote(directory, file.name), file),
        ),
        isTold: false,
      };
    const { files, isAll } = current.sorter.add(listed.files);
    if (!isAll && !current.isTold) {
      current.isTold = true;
      report.limited(
        directory,
        `has more than ${maxWaiting} markers and files without one (pull.ready): those behind them aren't looked at. Have the partner remove what is old, or spread the files over several directories`,
      );
    }
    if (listed.isLast)
      for (const rest of current.sorter.rest()) yield { directory, files: [], hasDone: false, ...rest };
    yield { ...listed, files };
  }
}
