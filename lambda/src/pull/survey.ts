/** Every file below a pull's directory, and whether a poll would take it. */

import type { Clock } from "../clock.ts";
import { pathFilter } from "../config/patterns.ts";
import type { PullStream } from "../config/types.ts";
import { whyDelivered, whyFailed, whySkipped, whyWaiting } from "../journal/describe.ts";
import { type Entry, entryKey, lastDelivery } from "../journal/entry.ts";
import type { Journal } from "../journal/journal.ts";
import type { Remote, RemoteEntry } from "../sftp/remote.ts";
import { joinRemote, walkedDirectory } from "../transfer/paths.ts";
import { archiveAmong } from "./archive-place.ts";
import { openedKey } from "./context.ts";
import { decide, wantedBy } from "./decide.ts";
import { identityOfFile } from "./identity.ts";
import type { LeftReason } from "./left.ts";
import { defaultWalkLimits, directoryFault } from "./limits.ts";
import { pairWithMarkers } from "./pair.ts";
import { walk } from "./walk.ts";

interface SurveyDeps {
  readonly clock: Clock;
  readonly journal: Journal;
}

export interface SeenFile {
  /** Below the stream's directory. */
  readonly path: string;
  readonly location: string;
  readonly file?: RemoteEntry;
  readonly entry?: Entry | undefined;
  readonly would: "move" | "leave";
  readonly why: string;
  /** Milliseconds for which it has to hold still first. */
  readonly quiet?: number;
}

export interface SeenDirectory {
  readonly root: string;
  readonly files: readonly SeenFile[];
  readonly hasDone: boolean;
}

/** Of a name that can't be one, in an answer: it may be as long as a packet. Characters. */
const maxPath = 1_024;

const reasons = {
  "temporary-suffix": "its name ends like that of a file that is still being written (pull.temporary_suffixes)",
  "not-included": "include and exclude leave it out",
  size: "it is smaller or larger than the stream takes (pull.min_size, pull.max_size)",
  age: "it is older than the stream takes (pull.max_age_days)",
  "no-marker": "its marker isn't there (pull.ready)",
  marker: "it is a marker (pull.ready): it goes once its files are in S3",
  "lone-marker": "it is a marker (pull.ready), and its files aren't there",
} as const;

/** The key that a file would get. Throws RefusedError. */
type KeyOf = (path: string, file: RemoteEntry) => string;

const look = (
  { clock }: SurveyDeps,
  stream: PullStream,
  seen: Pick<SeenFile, "path" | "location" | "entry"> & { readonly file: RemoteEntry },
  included: (path: string) => boolean,
  isUnready: boolean,
  keyOf: KeyOf,
): SeenFile => {
  const { path, entry, file } = seen;
  const now = clock.wall();
  const leave = (why: string): SeenFile => ({ ...seen, would: "leave", why });
  const decision = decide({ file, path, known: entry, pull: stream.pull, included, now });
  if (!decision.pull) {
    if (decision.reason in reasons) return leave(reasons[decision.reason as keyof typeof reasons]);
    const last = entry && lastDelivery(entry);
    if (entry && decision.reason === "waiting") return leave(`known already: ${whyWaiting(entry, now)}`);
    if (entry && decision.reason === "failed") return leave(whyFailed(entry));
    if (entry && decision.reason === "skipped") return leave(whySkipped(entry));
    return leave(last ? `${whyDelivered(last)}, and unchanged` : "it was moved already, and is unchanged");
  }
  if (isUnready) return leave(reasons["no-marker"]);
  try {
    keyOf(path, file);
  } catch (error) {
    return leave((error as Error).message);
  }
  const { quiet } = decision;
  const last = entry && lastDelivery(entry);
  const what = last ? `it is there again since it was moved at ${last.at}` : "it is new";
  const still = quiet > 0 ? `, once it has held still for ${quiet / 1000} s` : "";
  return { ...seen, would: "move", why: what + still, quiet };
};

/** What can be listed, batch by batch. Throws RemoteError where the stream's directory can't be listed at all. */
export async function* surveyPartner(
  deps: SurveyDeps,
  stream: PullStream,
  remote: Remote,
): AsyncGenerator<SeenDirectory> {
  const included = pathFilter(stream.pull);
  const odd: SeenFile[] = [];
  const refuse = (path: string, why: string) => {
    const shown = path.length > maxPath ? `${path.slice(0, maxPath)}…` : path;
    odd.push({ path: shown, location: shown, would: "leave", why });
  };
  const report = {
    failed: (path: string, error: unknown) =>
      refuse(path, `the directory can't be listed: ${(error as Error).message}`),
    refused: (path: string, _reason: LeftReason, words: string) => refuse(path, `the name ${words}`),
    limited: (path: string, words: string) => refuse(path, `the directory ${words}`),
  };
  const faultOf = directoryFault(stream.name, stream.pull);
  const limits = { ...defaultWalkLimits, faultOf };
  const isWanted = wantedBy(stream.pull, included, deps.clock.wall);
  const { name } = stream.pull;
  const naming = name === undefined ? undefined : { ...(await import("./name-for.ts")), name };
  const keyOf: KeyOf = (path, file) =>
    naming
      ? naming.namedBy(
          naming.name,
          { path, source: { identity: identityOfFile(file), time: deps.clock.wall() } },
          { stream, pull: stream.pull, clock: deps.clock },
        ).key
      : openedKey(stream.name, stream.pull, { path });
  const listing = walk(remote, stream.pull.directory, report, { limits, skips: archiveAmong(stream.pull).is });
  const paired = pairWithMarkers(listing, { ready: stream.pull.ready, isWanted, report });
  for await (const { directory, files, unready = [], markers = [], hasDone } of paired) {
    const root = walkedDirectory(stream.pull.directory, directory);
    const { pk } = entryKey("pull", stream.name, joinRemote(root, "x"));
    const all = [...files, ...unready];
    const names = all.map(({ name }) => name);
    const entries = names.length === 0 ? new Map<string, Entry>() : await deps.journal.named(pk, names);
    const placeOf = ({ name }: RemoteEntry) => ({
      path: joinRemote(directory, name),
      location: joinRemote(root, name),
    });
    const seen = all.map((file, at) =>
      look(
        deps,
        stream,
        { ...placeOf(file), file, entry: entries.get(file.name) },
        included,
        at >= files.length,
        keyOf,
      ),
    );
    for (const { file, hasFiles } of markers)
      seen.push({ ...placeOf(file), file, would: "leave", why: reasons[hasFiles ? "marker" : "lone-marker"] });
    yield { root, files: [...seen, ...odd.splice(0)], hasDone };
  }
  if (odd.length > 0) yield { root: stream.pull.directory, files: odd, hasDone: false };
}
