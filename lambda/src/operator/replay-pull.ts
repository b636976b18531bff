/** A replay at the partner's side: files that are in place are taken like by a poll; those in `.done` are put back first. */
import type { PullStream } from "../config/types.ts";
import type { DrainDeps } from "../drain/deps.ts";
import type { Invocation } from "../invocation.ts";
import { whySkipped } from "../journal/describe.ts";
import { type Entry, entryKey, lastDelivery, outOfSequence } from "../journal/entry.ts";
import { archiveOf } from "../pull/archive-place.ts";
import { nameBehindStamp, timeOfStamp } from "../pull/done.ts";
import { doneDirectory, isVersion } from "../pull/identity.ts";
import { recordFile } from "../pull/record-file.ts";
import { type SeenFile, surveyPartner } from "../pull/survey.ts";
import { toldAnything } from "../sftp/attributes.ts";
import { maxNameBytes } from "../sftp/entry-names.ts";
import { RemoteError } from "../sftp/errors.ts";
import type { Remote, RemoteEntry, RemoteStat } from "../sftp/remote.ts";
import { directoryOf, isTemporary, joinRemote, nameOf } from "../transfer/paths.ts";
import { type FileOutcome, queuedByOther } from "./drain-now.ts";
import { maxRows } from "./limits.ts";
import { needsForce, type Replayed, type ReplayRequest, withinRange } from "./replay-request.ts";
import { partnerFor } from "./select.ts";
import { assertOpen, withPartner } from "./with-partner.ts";

interface DoneFile {
  readonly file: RemoteEntry;
  /** Where it is now. */
  readonly from: string;
  /** What it was called before it was moved. */
  readonly name: string;
  readonly movedAt: number;
}

/** The newest copy of each name in the directory to which a directory's files were moved. */
const doneFiles = async (remote: Remote, directory: string): Promise<Map<string, DoneFile>> => {
  const newest = new Map<string, DoneFile>();
  try {
    for await (const batch of remote.list(directory)) {
      for (const file of batch) {
        const movedAt = timeOfStamp(file.name);
        if (file.kind !== "file" || movedAt === undefined) continue;
        const name = nameBehindStamp(file.name).replace(/~\d+$/, "");
        const known = newest.get(name);
        if (!known || known.movedAt < movedAt)
          newest.set(name, { file, from: joinRemote(directory, file.name), name, movedAt });
      }
    }
  } catch (error) {
    if (!(error instanceof RemoteError && error.kind === "missing")) throw error;
  }
  return newest;
};

const pullAgain = async (
  { journal, clock }: DrainDeps,
  stream: PullStream,
  { path, location, entry, quiet = 0 }: Pick<SeenFile, "path" | "location" | "entry" | "quiet">,
  file: Pick<RemoteEntry, "size" | "mtime">,
  isReplay: boolean,
): Promise<Entry | FileOutcome> =>
  (await recordFile(journal, stream, {
    path,
    location,
    file,
    known: entry,
    notBefore: clock.wall() + quiet,
    isReplay,
  })) ?? queuedByOther(path);

const isWaiting = (entry: Entry | undefined) => entry?.state === "pending" || entry?.state === "active";

const replaySeen = async (
  deps: DrainDeps,
  stream: PullStream,
  seen: SeenFile,
  force: boolean,
): Promise<Entry | FileOutcome> => {
  const { path, file, entry, would, why } = seen;
  if (would === "move" && file) return pullAgain(deps, stream, seen, file, false);
  if (isWaiting(entry)) return { path, result: "waiting", why };
  const again =
    entry &&
    file &&
    (entry.state === "failed" || (entry.state === "delivered" && lastDelivery(entry)) || entry.state === "skipped");
  if (again && (force || entry.state === "failed"))
    // Of a file without a place among running numbers it is the operator's word that it is moved all the same.
    return pullAgain(deps, stream, seen, file, entry.state === "delivered" || entry.last_error?.kind === outOfSequence);
  return { path, result: entry?.state ?? "excluded", why: again ? `${why}. ${needsForce}` : why };
};

const replayDone = async (
  deps: DrainDeps,
  stream: PullStream,
  remote: Remote,
  root: string,
  done: DoneFile,
  force: boolean,
): Promise<Entry | FileOutcome> => {
  const location = joinRemote(root, done.name);
  const { directory } = stream.pull;
  const path = directory === "" ? location : location.slice(directory === "/" ? 1 : directory.length + 1);
  const { from } = done;
  const at = new Date(done.movedAt).toISOString();
  if (!force) return { path, result: "delivered", why: `already delivered at ${at}; it is at ${from}. ${needsForce}` };
  if (Buffer.byteLength(done.file.name) >= maxNameBytes)
    return {
      path,
      result: "left",
      why: `its name was shortened for ${from}: move it back by hand, under its own name`,
    };
  try {
    if (!(await remote.move(from, location)))
      return { path, result: "missing", why: `${from} was taken away in the meantime. Nothing was done` };
  } catch (error) {
    if (error instanceof RemoteError && error.kind === "exists")
      return { path, result: "left", why: `${location} exists as well: the next poll takes that one first` };
    throw error;
  }
  const entry = await deps.journal.read(entryKey("pull", stream.name, location));
  return pullAgain(deps, stream, { path, location, entry }, done.file, true);
};

/** A file under a name that only its delivery tells (`pull.archive.name`). */
const archivedAt = async (
  { journal }: DrainDeps,
  stream: PullStream,
  remote: Remote,
  location: string,
): Promise<DoneFile | undefined> => {
  const entry = await journal.read(entryKey("pull", stream.name, location));
  const last = entry && lastDelivery(entry);
  const there = last?.archived === undefined ? undefined : await remote.lstat(last.archived);
  if (last?.archived === undefined || !isFile(there)) return undefined;
  const name = nameOf(location);
  return { file: { ...there, kind: "file", name }, from: last.archived, name, movedAt: Date.parse(last.at) };
};

/** Something is there, and nobody says that it is no file. */
const isFile = (stat: RemoteStat | undefined): stat is RemoteStat =>
  stat !== undefined && toldAnything(stat) && (stat.kind ?? "file") === "file";

const replayOne = async (
  deps: DrainDeps,
  stream: PullStream,
  remote: Remote,
  path: string,
  force: boolean,
): Promise<Entry | FileOutcome> => {
  const location = joinRemote(stream.pull.directory, path);
  const root = directoryOf(location);
  // Named as it lies in `.done`, or as it was called before.
  if (nameOf(root) === doneDirectory) {
    const file = await remote.lstat(location);
    const movedAt = timeOfStamp(nameOf(location));
    const name = nameBehindStamp(nameOf(location)).replace(/~\d+$/, "");
    if (isFile(file) && movedAt !== undefined)
      return replayDone(
        deps,
        stream,
        remote,
        directoryOf(root),
        { file: { ...file, kind: "file", name: nameOf(location) }, from: location, name, movedAt },
        force,
      );
    return { path, result: "missing", why: `${location} doesn't exist, or has no time stamp. Nothing was done` };
  }
  const there = await remote.lstat(location);
  if (isFile(there) && !isTemporary(nameOf(location))) {
    const entry = await deps.journal.read(entryKey("pull", stream.name, location));
    const same = entry !== undefined && isVersion(there, entry.source.identity);
    const delivered = entry && lastDelivery(entry);
    const kept = stream.pull.after === "keep" && isVersion(there, delivered?.identity);
    const seen: SeenFile = {
      path,
      location,
      entry,
      file: { ...there, kind: "file", name: nameOf(location) },
      would:
        (same && (isWaiting(entry) || entry.state === "failed" || entry.state === "skipped")) || kept
          ? "leave"
          : "move",
      why:
        kept && delivered
          ? `already delivered at ${delivered.at}, SHA-256 ${delivered.sha256}`
          : entry?.state === "skipped"
            ? whySkipped(entry)
            : "it is known already and waits",
      quiet: 0,
    };
    return replaySeen(deps, stream, seen, force);
  }
  const archive = archiveOf(stream.pull, root);
  const done =
    (await doneFiles(remote, archive)).get(nameOf(location)) ?? (await archivedAt(deps, stream, remote, location));
  if (done) return replayDone(deps, stream, remote, root, done, force);
  return {
    path,
    result: "missing",
    why: `${location} doesn't exist at ${remote.partner}, and ${archive} has no copy of it. Nothing was done; "history" says when it was moved, and the copy is in S3`,
  };
};

/** Throws ActionError `busy` and `closed`, and what connecting and listing throw. */
export const replayPull = async (
  invocation: Invocation,
  stream: PullStream,
  request: ReplayRequest,
): Promise<Replayed> => {
  const { deps, deadline } = invocation;
  const force = request.force === true;
  const entries: Entry[] = [];
  const files: FileOutcome[] = [];
  const take = (result: Entry | FileOutcome) => void ("rev" in result ? entries.push(result) : files.push(result));
  assertOpen(invocation, stream, "pull");
  const full = () => deadline.isClosing() || entries.length + files.length >= maxRows;
  return withPartner(invocation, partnerFor(deps.config, stream), async (remote) => {
    if (request.path !== undefined) {
      take(await replayOne(deps, stream, remote, request.path, force));
      return { entries, files };
    }
    const prefix = request.prefix ?? "";
    if (stream.pull.archive?.name !== undefined)
      take({
        path: prefix,
        result: "left",
        why: "what is in the archive has names of its own (pull.archive.name), and isn't looked through: replay each file by its path",
      });
    // What was put back is no longer in `.done`, and what is queued says so: the rest is found by going through again.
    for await (const { root, files: seen, hasDone } of surveyPartner(deps, stream, remote)) {
      if (full()) return { entries, files, next: "go-on" };
      const inScope = seen.filter(({ path }) => path.startsWith(prefix));
      for (const one of inScope) {
        const last = one.entry && lastDelivery(one.entry);
        const time = last && one.would === "leave" ? Date.parse(last.at) : (one.file?.mtime ?? 0) * 1000;
        if (withinRange(request, time)) take(await replaySeen(deps, stream, one, force));
        if (full()) return { entries, files, next: "go-on" };
      }
      if (!hasDone && stream.pull.archive?.directory === undefined) continue;
      const below = joinRemote(stream.pull.directory, prefix);
      for (const done of (await doneFiles(remote, archiveOf(stream.pull, root))).values()) {
        if (!joinRemote(root, done.name).startsWith(below) || !withinRange(request, done.movedAt)) continue;
        take(await replayDone(deps, stream, remote, root, done, force));
        if (full()) return { entries, files, next: "go-on" };
      }
    }
    return { entries, files };
  });
};
