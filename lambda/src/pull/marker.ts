/** A marker's own turn: it goes last, once all of its files are in S3 and away. */
import type { PullReady } from "../config/types.ts";
import { type Entry, isOpen, type Progress } from "../journal/entry.ts";
import { toldAnything } from "../sftp/attributes.ts";
import { type Outcome, waits } from "../transfer/context.ts";
import { directoryOf, nameOf } from "../transfer/paths.ts";
import type { PullContext } from "./context.ts";
import { clearSource } from "./finish.ts";
import { identityOfFile, mayBe, versionOf } from "./identity.ts";
import { isMarkerName } from "./pair.ts";

/** How soon it is looked again whether the files are done. Milliseconds. */
const lookAgain = 1_000;
/** … and where one was given up, which takes an operator. Milliseconds. */
const lookAgainAtFailed = 300_000;
/** A marker that was written again so soon is the same one: often it is made first, and filled then. Seconds. */
const sameMarker = 60;

/** The directory's files that are listed and have an entry. A failure is as open as any: nobody has the file yet. */
async function* entriesOfDirectory(entry: Entry, ready: PullReady, { journal, remote }: PullContext) {
  for await (const batch of remote.list(directoryOf(entry.source_location) || ".")) {
    const names = batch
      .filter(({ name, kind }) => kind === "file" && !isMarkerName(ready, name))
      .map(({ name }) => name);
    yield [...(await journal.named(entry.pk, names)).values()];
  }
}

type Standing =
  /** Until then, in milliseconds since the epoch. */
  { readonly state: "open"; readonly until: number } | { readonly state: "done" | "skipped" | "none" };

/** Whether the marker's files are done. `none`: none of them was delivered, so it isn't this run's to take; `skipped`: … and they stay at the partner. */
const standingOf = async (entry: Entry, ready: PullReady, context: PullContext): Promise<Standing> => {
  const { journal, clock } = context;
  const names = entry.marker_of ?? [];
  const isOwn = names.length > 0;
  async function* ofFile() {
    yield [...(await journal.named(entry.pk, names)).values()];
  }
  let isDone = !isOwn;
  let isSkipped = false;
  let until = 0;
  for await (const entries of isOwn ? ofFile() : entriesOfDirectory(entry, ready, context))
    for (const one of entries) {
      if (one.sk === entry.sk) continue;
      isDone ||= one.state === "delivered";
      isSkipped ||= one.state === "skipped";
      const pause = one.state === "failed" ? lookAgainAtFailed : lookAgain;
      if (isOpen(one) || one.state === "failed")
        until = Math.max(until, pause + Math.max(clock.wall(), isOpen(one) ? one.next_attempt : 0));
    }
  return until > 0 ? { state: "open", until } : { state: isDone ? "done" : isSkipped ? "skipped" : "none" };
};

const close = async (entry: Entry, { journal }: PullContext): Promise<Outcome> => {
  await journal.update(entry, { state: "gone", progress: undefined, last_error: undefined });
  return { result: "gone", bytes: 0 };
};

/** Its files were skipped, and so it stays beside them. */
const leave = async (entry: Entry, { journal, clock, stream }: PullContext): Promise<Outcome> => {
  const message = `Stream ${stream.name}: the files of the marker ${entry.source_location} were skipped`;
  const last_error = { kind: "exists", message, at: new Date(clock.wall()).toISOString() };
  await journal.update(entry, { state: "skipped", progress: undefined, last_error });
  return { result: "taken", bytes: 0 };
};

/** Is what lies there the marker that was listed? Its entry, as it is then; undefined where it is another one, or none. */
const asListed = async (entry: Entry, { remote, journal, log }: PullContext): Promise<Entry | undefined> => {
  const there = await remote.stat(entry.source_location);
  if (there === undefined) return undefined;
  const { identity = "" } = entry.source;
  if (!toldAnything(there) || mayBe(there, identity)) return entry;
  const before = versionOf(identity).mtime;
  if (before !== undefined && there.mtime !== undefined && Math.abs(there.mtime - before) <= sameMarker)
    return journal.update(entry, { source: { ...entry.source, identity: identityOfFile(there), listed: identity } });
  log.warn("A marker was written anew before it could be taken; the new one stays for its own files", {
    source: entry.source_location,
  });
  return undefined;
};

/**
 * What comes before a marker is moved, deleted or delivered. `ended`: that was all; else its entry, and what it is to be taken by:
 * `copy` as a file like any other, `clear` without a copy.
 */
export const approachMarker = async (
  known: Entry,
  context: PullContext,
): Promise<{ readonly ended: Outcome } | { readonly entry: Entry; readonly by: "copy" | "clear" }> => {
  const { ready } = context.pull;
  // Since it was listed, markers were turned off: the next poll takes it for a file.
  if (!ready || !isMarkerName(ready, nameOf(known.source_location))) return { ended: await close(known, context) };
  const by = ready.deliver ? "copy" : "clear";
  if (known.progress) return { entry: known, by };
  const standing = await standingOf(known, ready, context);
  if (standing.state === "open") {
    await context.journal.update(known, { next_attempt: standing.until });
    return { ended: waits };
  }
  if (standing.state === "skipped") return { ended: await leave(known, context) };
  const entry = standing.state === "done" ? await asListed(known, context) : undefined;
  return entry ? { entry, by } : { ended: await close(known, context) };
};

/** Moves or deletes a marker of which there is no copy; a run that died is repeated with just that. */
export const clearMarker = async (known: Entry, context: PullContext): Promise<Outcome> => {
  const { journal, lease, clock } = context;
  const { identity = "" } = known.source;
  const progress: Progress = {
    bytes: 0,
    ...versionOf(identity),
    sha256: "",
    identity,
    started: clock.wall(),
    phase: "copied",
    ...known.progress,
    holder: lease.holder,
  };
  const own = await journal.update(known, { state: "active", attempts: known.attempts + 1, progress });
  const { entry, moved } = await clearSource(own, context);
  await journal.delivered(entry, {
    at: new Date(clock.wall()).toISOString(),
    identity: progress.identity,
    ...(moved !== undefined && moved !== progress.identity && { moved }),
    destination: "no copy: a marker",
    bytes: 0,
    sha256: "",
    attempt: entry.attempts,
    duration_ms: clock.wall() - progress.started,
  });
  return { result: "consumed", bytes: 0 };
};
