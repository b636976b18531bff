/** One batch of a listing against the journal: what is new in it is made known. */
import { createLimiter } from "../concurrency/limiter.ts";
import type { Entry } from "../journal/entry.ts";
import { entryKey, isOpen, lastDelivery } from "../journal/entry.ts";
import type { RemoteEntry } from "../sftp/remote.ts";
import { joinRemote, walkedDirectory } from "../transfer/paths.ts";
import { decide, decideMarker, outOf } from "./decide.ts";
import { createKeeper } from "./kept-by-size.ts";
import type { LeftReason } from "./left.ts";
import type { WalkCounts } from "./limits.ts";
import { type ListedMarker, markerNameOf } from "./pair.ts";
import { assertMayGoOn, type PollContext } from "./poll-context.ts";
import { recordFile } from "./record-file.ts";
import { createRoom } from "./room.ts";
import type { Listed } from "./walk.ts";

/** Journal writes under way at one time: enough to fill the requests that they go out in. */
const writesInFlight = 200;
/** Hints are a shortcut past the index's lag; beyond this many the index has caught up. */
const maxHints = 2_000;

/** By how much a marker's first look at its files is behind theirs. Milliseconds. */
const behindFiles = 1_000;

interface PassedOver {
  readonly file: RemoteEntry;
  readonly path: string;
  readonly known: Entry | undefined;
  readonly reason: Extract<ReturnType<typeof decide>, { readonly pull: false }>["reason"];
}

export interface Decider {
  readonly hints: readonly Entry[];
  /** `isUnready`: their markers aren't there. */
  decideBatch(batch: Pick<Listed, "directory" | "files"> & { readonly isUnready?: boolean }): Promise<void>;
  /** Markers of a directory of which all files were decided. */
  decideMarkers(directory: string, markers: readonly ListedMarker[]): Promise<void>;
}

/** The part of the poll that decides: `hints` are the first entries that it made known. */
export const createDecider = (
  context: PollContext,
  included: (path: string) => boolean,
  left: (path: string, reason: LeftReason) => void,
  counts: WalkCounts,
): Decider => {
  const { stream, pull, journal, isAwaited = () => false } = context;
  const now = context.clock.wall;
  const fullness = createRoom(context, counts);
  const hints: Entry[] = [];
  /** Markers of which files were left for another poll. */
  const held = new Set<string>();
  /** Markers of which files were made known. */
  const wanted = new Set<string>();
  const writes = createLimiter(writesInFlight);
  const write = async (file: Parameters<typeof recordFile>[2]): Promise<void> => {
    const entry = await recordFile(journal, stream, file);
    if (entry && hints.length < maxHints) hints.push(entry);
  };

  const judge = createKeeper(context);
  /** Keeps the record of a file that is kept. Returns whether a change of its content can be seen. */
  const keep = async (file: RemoteEntry, known: Entry): Promise<boolean> => {
    const { isKnown, listed } = await judge(file, known, lastDelivery(known));
    if (listed === undefined || isOpen(known)) await journal.refresh(known);
    else await writes.add(() => journal.noteListed(known, listed));
    return isKnown;
  };

  /** What a file leaves that isn't taken: forgotten while it is there, it would be moved. */
  const passOver = async ({ file, path, known, reason }: PassedOver): Promise<void> => {
    if (reason === "skipped" && known) {
      await journal.refresh(known);
      left(path, "skipped");
    }
    if (reason === "kept" && known && !(await keep(file, known))) left(path, "version-unknown");
    if (reason === "size" || reason === "age") left(path, reason);
  };

  return {
    hints,
    async decideBatch({ directory, files, isUnready = false }) {
      const root = walkedDirectory(pull.directory, directory);
      const looked: { readonly file: RemoteEntry; readonly path: string }[] = [];
      for (const file of files) {
        const path = joinRemote(directory, file.name);
        const out = outOf(file.name, path, pull, included);
        if (out) left(path, out);
        else looked.push({ file, path });
      }
      if (looked.length === 0) return;
      const { pk } = entryKey("pull", stream.name, joinRemote(root, "x"));
      const entries = await journal.named(
        pk,
        looked.map(({ file }) => file.name),
      );
      const ends: Promise<void>[] = [];
      for (const { file, path } of looked) {
        const known = entries.get(file.name);
        const decision = decide({ file, path, known, pull, included, now: now() });
        if (!decision.pull) {
          await passOver({ file, path, known, reason: decision.reason });
          continue;
        }
        if (isUnready) {
          left(path, "no-marker");
          continue;
        }
        // A newer version of one that is open already takes no more room; those that are open may wait for the awaited one.
        const isFull = (known && isOpen(known)) || isAwaited(path) ? undefined : await fullness();
        const marker = pull.ready && joinRemote(root, markerNameOf(pull.ready, file.name));
        if (marker !== undefined) (isFull ? held : wanted).add(marker);
        if (isFull) {
          left(path, isFull);
          continue;
        }
        assertMayGoOn(context);
        const location = joinRemote(root, file.name);
        const notBefore = now() + decision.quiet;
        const { done } = await writes.add(() =>
          write({ path, location, file, known, again: decision.again, notBefore }),
        );
        ends.push(done);
      }
      await Promise.all(ends);
    },
    async decideMarkers(directory, markers) {
      const { ready } = pull;
      if (!ready) return;
      const root = walkedDirectory(pull.directory, directory);
      const { pk } = entryKey("pull", stream.name, joinRemote(root, "x"));
      const entries = await journal.named(
        pk,
        markers.map(({ file }) => file.name),
      );
      for (const { file, names, hasFiles } of markers) {
        const known = entries.get(file.name);
        const location = joinRemote(root, file.name);
        const decision = decideMarker({ file, known, ready, isWanted: wanted.has(location) });
        if (decision === "kept" && known) await keep(file, known);
        const path = joinRemote(directory, file.name);
        if (decision !== "take" || held.has(location)) continue;
        if (!hasFiles) {
          left(path, "no-file-for-marker");
          continue;
        }
        assertMayGoOn(context);
        await writes.add(() => write({ path, location, file, known, notBefore: now() + behindFiles, markerOf: names }));
      }
      await writes.all();
    },
  };
};
