/**
 * The hop behind a pull: what was fetched lies whole below the staging prefix, and is changed into the object that gets the final key.
 * That appears when all of it was made and found to be sound, and not before. Loaded only by streams that ask for it.
 */
import type { Entry, Pulled, Staged } from "../journal/entry.ts";
import type { ObjectPlace, Only } from "../s3/objects.ts";
import { isRejected, placeOfStaged } from "../staging/staged.ts";
import { hasTime, leaveForLater } from "../staging/time.ts";
import { type Hop, together } from "../staging/transform.ts";
import type { Outcome } from "../transfer/context.ts";
import { VerificationError } from "../transfer/errors.ts";
import { assertOutside } from "./archive-mark.ts";
import type { PullContext } from "./context.ts";
import type { Copy } from "./copy-task.ts";
import { finishOpened } from "./finish-opened.ts";
import { showNew } from "./in-the-way.ts";
import { copying, make, startAgain, whatOf } from "./make.ts";
import { archiveFormatOf, formatOf, isChanged } from "./opened-path.ts";
import { unsealing } from "./unsealing.ts";

/** What a stream asks for, decrypted first; only that is loaded. Throws a SecretError. */
const hopOf = async (entry: Entry, context: PullContext): Promise<Hop | undefined> => {
  const { pull, stream } = context;
  if (!isChanged(entry, pull)) return undefined;
  const hops: Hop[] = [];
  const unsealed = await unsealing(entry, context);
  if (unsealed !== undefined) hops.push(unsealed);
  const format = formatOf(stream.name, pull, entry);
  if (pull.extract !== undefined && (format === "gzip" || format === "zstd"))
    hops.push((await import("../staging/extract.ts")).extractWith(whatOf(entry, context), format, pull.extract));
  else if (format !== undefined) hops.push((await import("../staging/archive/pace.ts")).looking);
  return together(hops);
};

/** Before anything is fetched. Throws RefusedError for a file that no invocation has the time to open. */
export const assertOpens = async (entry: Entry, context: PullContext): Promise<void> => {
  const { sizes, time, pull } = context;
  const always = { ...time, left: () => Number.POSITIVE_INFINITY };
  const hop = await hopOf(entry, context);
  for (const one of [hop, pull.gate && copying])
    if (one) hasTime(whatOf(entry, context), entry.source.size ?? 0, one, sizes, always);
};

/** What was fetched is whole: from here on the partner isn't asked for it again. */
export const recordPulled = async ({ entry, bytes, sha256 }: Copy, context: PullContext): Promise<Entry> => {
  const { objects, journal } = context;
  const { progress } = entry;
  if (!progress?.staged) throw new Error("an active pull into staging has its key");
  const { holder, identity, started, staged, copy } = progress;
  const place = placeOfStaged(staged, context);
  const there = await objects.head(place);
  if (there?.size !== bytes)
    throw new VerificationError(
      `${whatOf(entry, context)} was fetched to s3://${place.bucket}/${place.key}, which has ${there?.size ?? "no"} bytes and not ${bytes}; it is fetched again`,
    );
  const { versionId, etag } = there;
  return journal.update(entry, {
    progress: {
      phase: "opening",
      holder,
      identity,
      started,
      copy,
      staged: { key: staged.key, version_id: versionId, etag, size: bytes },
      pulled: { bytes, sha256 },
    },
  });
};

/** What lies in staging gets its name in S3, and the partner's file becomes what the stream says. */
const show = async (
  entry: Entry,
  { staged, pulled, opened, hop }: { staged: Staged; pulled: Pulled; opened: Pulled | undefined; hop: Hop | undefined },
  place: ObjectPlace,
  context: PullContext,
): Promise<Outcome> => {
  const { storing } = context.pull;
  await assertOutside(whatOf(entry, context), entry, place, context);
  const showing = (write: (only?: Only) => Promise<string | undefined>) => showNew(entry, place, context, write);
  const made = await make(
    { entry, staged, known: opened ?? pulled, hop, place, destination: place, storing, show: showing },
    context,
  );
  if (made === undefined) return startAgain(entry, context);
  if (made === "late") return leaveForLater(entry, context);
  return finishOpened(entry, { bytes: made.size, sha256: made.sha256 }, place, context);
};

/**
 * Opens what was fetched, and does with the partner's file what the stream says. Throws UnfitError for a file that isn't what it
 * has to be, RefusedError, OutOfTime, EntryTaken, LeaseLost, VerificationError, SourceStays, and S3's errors.
 */
export const open = async (entry: Entry, place: ObjectPlace, context: PullContext): Promise<Outcome> => {
  const { progress } = entry;
  if (!progress?.staged || !progress.pulled) return startAgain(entry, context);
  const { staged, pulled, opened, unsealed } = progress;
  const { gate } = context.pull;
  // Also where the stream has no gate any more.
  if (isRejected(entry)) return (await import("./gate.ts")).putAway(entry, place, context);
  if (gate !== undefined) {
    const gated = await (await import("./gate.ts")).passPullGate(entry, place, gate, hopOf, context);
    if ("outcome" in gated) return gated.outcome;
    const its = gated.entry.progress;
    if (!its?.staged || !its.opened) return startAgain(gated.entry, context);
    return show(gated.entry, { staged: its.staged, pulled, opened: its.opened, hop: undefined }, place, context);
  }
  const format = archiveFormatOf(context.stream.name, context.pull, entry);
  // Opened as what the stream took it for until now.
  if (format === undefined ? unsealed !== undefined : opened !== undefined) return startAgain(entry, context);
  if (format !== undefined) return (await import("./unpacking.ts")).unpack(entry, place, format, context);
  // Opened for a gate that the stream had until now.
  const hop = opened === undefined ? await hopOf(entry, context) : undefined;
  return show(entry, { staged, pulled, opened, hop }, place, context);
};
