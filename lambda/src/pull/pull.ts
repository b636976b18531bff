/**
 * One file from the partner to S3. The object appears only when all of it is there; the partner's file is moved or deleted
 * only after that is recorded. See `journal/entry.ts` for the phases.
 */

import { within } from "../concurrency/within.ts";
import { type Entry, lastDelivery, type Progress, pullPrefix, type Staged } from "../journal/entry.ts";
import type { ObjectPlace } from "../s3/objects.ts";
import { toldAnything } from "../sftp/attributes.ts";
import { RemoteError } from "../sftp/errors.ts";
import { discardStaged, freshHeldKey, freshKey, isRejected } from "../staging/staged.ts";
import type { Outcome } from "../transfer/context.ts";
import { RefusedError } from "../transfer/errors.ts";
import { templateOf } from "../transfer/name-template.ts";
import { expectedOf } from "./checksum.ts";
import { copyPlaceOf, destinationOf, type PullContext } from "./context.ts";
import { copyFile } from "./copy.ts";
import type { Copy } from "./copy-task.ts";
import { deliver, finish } from "./finish.ts";
import { identityOfFile, mayBe, versionOf } from "./identity.ts";
import { endTaken, isInTheWay, KeyTaken } from "./in-the-way.ts";
import { approachMarker, clearMarker } from "./marker.ts";
import { metadataFor } from "./metadata.ts";
import { isChanged, needsOpening } from "./opened-path.ts";
import { assertUnchanged, lookBefore, noteChange } from "./still.ts";
import { isCompleted, sumOfCopy } from "./sum.ts";
import { isListed } from "./there.ts";
import { abortUploads } from "./uploads.ts";

/** Fetches one file, or takes a marker once its files are done. Throws RemoteError, RefusedError, VerificationError, SourceChanged, EntryTaken, LeaseLost, OutOfTime, and S3's own errors. */
export const pullFile = async (known: Entry, context: PullContext): Promise<Outcome> => {
  if (!known.marker_of) return fetchFile(known, context);
  const marker = await approachMarker(known, context);
  if ("ended" in marker) return marker.ended;
  const { pull } = context;
  const own = { ...context, pull: { ...pull, after: pull.ready?.after ?? pull.after } };
  return marker.by === "copy" ? fetchFile(marker.entry, own) : clearMarker(marker.entry, own);
};

const fetchFile = async (known: Entry, context: PullContext): Promise<Outcome> => {
  try {
    return await fetchOpened(known, context);
  } catch (error) {
    if (error instanceof KeyTaken) {
      // The upload's id came into the entry meanwhile; what another run has made of it isn't ours to end.
      const current = await context.journal.read(known);
      if (current?.progress?.holder !== context.lease.holder) throw error;
      return endTaken(current, error.place, context);
    }
    if (!(error instanceof RemoteError) || !["failure", "permission", "unsupported"].includes(error.kind)) throw error;
    const { endDirectory } = await import("./told-file.ts");
    const ended = await endDirectory(known, context);
    if (ended === undefined) throw error;
    return ended;
  }
};

/** Goes on where an earlier run has stopped, as far as that got. */
const fetchOpened = async (known: Entry, context: PullContext): Promise<Outcome> => {
  const { journal, lease } = context;
  const place = destinationOf(known, context);
  const { progress } = known;

  if (progress?.phase === "copied" || progress?.phase === "moving") {
    const own = await journal.update(known, { progress: { ...progress, holder: lease.holder } });
    return finish(own, place, context);
  }

  if (isCompleted(progress)) {
    const own = await journal.update(known, {
      state: "active",
      attempts: known.attempts + 1,
      progress: { ...progress, holder: lease.holder },
    });
    const copy = { ...(await sumOfCopy(own, copyPlaceOf(own, place, context), context)), bytes: progress.bytes };
    return conclude(await record(copy, context), place, context);
  }
  if (progress?.phase === "opening" && progress.identity === (known.source.identity ?? progress.identity)) {
    // Of a run that died on the way.
    await abortUploads(known, place, context);
    const isTaken = !isRejected(known) && (await isInTheWay(known, place, context));
    if (isTaken && context.pull.onExists !== "number") return endTaken(known, place, context);
    const free = isTaken ? await named(known, progress.identity, context) : known;
    const own = await journal.update(free, {
      state: "active",
      attempts: known.attempts + 1,
      progress: { ...progress, holder: lease.holder },
    });
    return conclude(own, destinationOf(own, context), context);
  }
  // Before the partner's file is touched; a name by a template is looked for once it is decided.
  const isDecided = progress?.phase === "copying" || templateOf(context.pull) === undefined;
  if (isDecided && (await isInTheWay(known, place, context))) {
    if (context.pull.onExists !== "number") return endTaken(known, place, context);
    await abortUploads(known, place, context);
    await discardStaged(progress?.staged, context);
    return fetchNamed(await journal.update(known, { progress: undefined }), isDecided, context);
  }
  return fetchNamed(known, isDecided, context);
};

/** `isDecided`: what lies under its key was looked at already. */
const fetchNamed = async (known: Entry, isDecided: boolean, context: PullContext): Promise<Outcome> => {
  const { stream: config, journal, remote, lease, clock } = context;
  let place = destinationOf(known, context);
  const { progress } = known;
  const opens = needsOpening(known, context.pull);
  if (opens) await (await import("./opening.ts")).assertOpens(known, context);

  const reader = await remote.openRead(known.source_location, { size: known.source.size });
  if (!reader) return vanished(known, place, context);
  let copy: Copy;
  let entry = known;
  try {
    const { stat } = reader;
    if (stat.kind !== undefined && stat.kind !== "file") {
      throw new RefusedError(
        `Stream ${config.name}: ${known.source_location} is a ${stat.kind}, not a file; it isn't pulled`,
      );
    }
    const before = await lookBefore(known, reader, context);
    const expected = await expectedOf(known, context);
    const { identity = identityOfFile(stat) } = known.source;

    const goesOn =
      progress?.phase === "copying" && progress.identity === identity && opens === (progress.staged !== undefined);
    const next: Progress = {
      ...(goesOn
        ? progress
        : {
            started: clock.wall(),
            ...(opens && { staged: freshStaged(known, context) }),
            ...(context.pull.onExists && { copy: context.nonce() }),
          }),
      phase: "copying",
      holder: lease.holder,
      identity,
    };
    if (!next.upload_id) await abortUploads(known, place, context);
    const own = await named(known, identity, context);
    place = destinationOf(own, context, identity);
    const { target } = own;
    if (!isDecided && context.pull.onExists !== "number" && (await isInTheWay(own, place, context)))
      return await endTaken(own, place, context);
    entry = await journal.update(own, {
      state: "active",
      attempts: known.attempts + 1,
      progress: next,
      ...(target?.identity === identity && { target: { ...target, claimed: true } }),
    });
    if (!goesOn) await discardStaged(progress?.staged, context);
    const metadata = metadataFor(entry, place, identity, stat.mode);
    copy = await copyFile({
      entry,
      reader,
      place: copyPlaceOf(entry, place, context),
      metadata,
      context: opens ? inStaging(context) : context,
      expected,
      unchanged: (current, bytes) => assertUnchanged(current, reader, before, bytes, context),
    });
    entry = copy.entry;
  } catch (error) {
    // The entry may have gone on meanwhile (the upload's id): read it again before anything is noted in it.
    const stat = error instanceof RemoteError && error.kind === "changed" && (await remote.stat(known.source_location));
    const current = stat && (await journal.read(known));
    // One that looks as it did isn't being written: the server's sizes are wrong, or it ends too soon.
    if (stat && current && !mayBe(stat, current.source.identity ?? "")) await noteChange(current, stat, context);
    throw error;
  } finally {
    // Its answer decides nothing.
    void reader.close().catch(() => {});
  }

  // Some servers won't move or delete what is open; the record takes about as long as the answer.
  const closed = within(closingTime, reader.close());
  if (isTheLast(copy, context)) {
    const [outcome] = await Promise.all([deliver(copy.entry, asCopied(copy), place, context), closed]);
    return outcome;
  }
  const [recorded] = await Promise.all([record(copy, context), closed]);
  return conclude(recorded, place, context);
};

/** Is the copy all that is to be done? Then its delivery is recorded at once: nothing is done between the two. */
const isTheLast = ({ entry }: Copy, { pull }: PullContext): boolean =>
  pull.after === "keep" && entry.progress?.staged === undefined;

/** Records that the copy is whole. */
const record = async (copy: Copy, context: PullContext): Promise<Entry> =>
  copy.entry.progress?.staged === undefined
    ? recordCopied(copy, context)
    : (await import("./opening.ts")).recordPulled(copy, context);

/** One that lies in staging is opened first; only then is the partner's file moved or deleted. */
const conclude = async (recorded: Entry, place: ObjectPlace, context: PullContext): Promise<Outcome> =>
  recorded.progress?.phase === "opening"
    ? (await import("./opening.ts")).open(recorded, place, context)
    : finish(recorded, place, context);

/** With the name that this version has in S3, where that isn't what it has at the partner. */
const named = async (entry: Entry, identity: string, context: PullContext): Promise<Entry> => {
  const template = templateOf(context.pull);
  return template === undefined ? entry : (await import("./name-for.ts")).nameFor(entry, identity, template, context);
};

/** Nothing else is ever written there. */
const freshStaged = (entry: Entry, context: PullContext): Staged => {
  const { pull } = context;
  const isHeld = pull.gate !== undefined && !isChanged(entry, pull);
  return { key: isHeld ? freshHeldKey(entry, context) : freshKey(pullPrefix, context) };
};

/** What the bucket of the stream is told of its objects, and what may not be replaced there, isn't for the staging one. */
const inStaging = (context: PullContext): PullContext => {
  const { storing: _, onExists: __, ...pull } = context.pull;
  return { ...context, pull };
};

/** How long a file that was read may take to be closed, before it is moved or deleted all the same. Milliseconds. */
const closingTime = 1_000;

/** Records that the object is whole: from here on the partner's file may be moved or deleted. */
const recordCopied = (copy: Copy, { journal }: PullContext): Promise<Entry> =>
  journal.update(copy.entry, { progress: asCopied(copy).progress });

/** The entry with what is known of its whole copy. */
const asCopied = ({ entry, bytes, sha256 }: Copy): Entry => {
  const { progress } = entry;
  if (!progress) throw new Error("an active pull has its progress");
  const { holder, identity, started } = progress;
  const { size, mtime } = versionOf(identity);
  return { ...entry, progress: { phase: "copied", holder, identity, bytes, size, mtime, sha256, started } };
};

/**
 * OPEN says that there is no such file. Has the partner taken it back before it was read? Else the server shows what it doesn't
 * give, such as a file that somebody has locked, and that is a failure.
 */
const vanished = async (entry: Entry, place: ObjectPlace, context: PullContext): Promise<Outcome> => {
  const { journal, remote, clock } = context;
  const location = entry.source_location;
  const there = await remote.lstat(location);
  // The listing has the last word where no look is answered, and where it showed the file again although it was gone once.
  const asked = there !== undefined && !toldAnything(there);
  const isThere =
    asked || (there === undefined && entry.vanished) ? await isListed(remote, location) : there !== undefined;
  if (isThere)
    throw new RemoteError(
      "missing",
      `${remote.partner}: cannot open for reading ${JSON.stringify(location)}: the server says that there is no such file, and shows it all the same. Somebody may have it locked, or the user may not read it: ask the partner. It is tried again, and nothing of it is lost.`,
      { path: location },
    );
  await abortUploads(entry, place, context);
  await journal.update(entry, {
    state: lastDelivery(entry) ? "delivered" : "gone",
    progress: undefined,
    vanished: clock.wall(),
  });
  return { result: "gone", bytes: 0 };
};
