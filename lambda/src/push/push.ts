/**
 * One file from S3 to the partner. What is durable at each step, and what a successor does with it after a crash, is in
 * `journal/entry.ts`; the order of the steps is what keeps the promises: the partner sees a whole file or none, an older
 * version never replaces a newer one, nothing is acknowledged before it is there.
 */

import { within } from "../concurrency/within.ts";
import { type Delivery, type Entry, lastDelivery, type Progress } from "../journal/entry.ts";
import { LeaseLost } from "../journal/lease.ts";
import type { OpenObject } from "../s3/objects.ts";
import { isRefusal, RemoteError } from "../sftp/errors.ts";
import type { Doubt, RemoteStat } from "../sftp/remote.ts";
import { discardStaged } from "../staging/staged.ts";
import { type Outcome, waits } from "../transfer/context.ts";
import {
  CutShort,
  isHelperLost,
  OldBytes,
  OtherBytes,
  OutOfTime,
  PutAway,
  reasonOf,
  VerificationError,
} from "../transfer/errors.ts";
import { type Hasher, lightHasher } from "../transfer/hash.ts";
import { templateOf } from "../transfer/name-template.ts";
import { isEcho } from "../transfer/origin-mark.ts";
import { directoryOf } from "../transfer/paths.ts";
import { setAttributes } from "./attributes.ts";
import { assertContent } from "./content.ts";
import { type PushContext, placeOf } from "./context.ts";
import { isInTheWay, skipTaken } from "./in-the-way.ts";
import { learnFrom, type Manner, withMoreCare } from "./manner.ts";
import { assertMarkable, removeOldMarker } from "./marker.ts";
import { prepare } from "./prepare.ts";
import { makeVisible } from "./publish.ts";
import { recoverPublishing } from "./recover.ts";
import { resumeWriting } from "./resume.ts";
import { sumOfSource } from "./sum.ts";
import { assertKeepsTemporary, noteTaken } from "./taken.ts";
import { finalOf } from "./target.ts";
import { maxLeftovers, removeAll, reuse, temporariesOf, tryToRemove, uploadPathFor } from "./temporary.ts";
import { assertOwnName, sendOnce } from "./twins.ts";
import { assertWhole, compareSizes, settled } from "./verify.ts";
import { patience, writeAll } from "./write.ts";

/** Opens the newest version; where the object was deleted, the version that the event told of, if it can still be read. */
const openSource = async (entry: Entry, { objects, push, signal }: PushContext): Promise<OpenObject | undefined> => {
  const place = placeOf(entry, push);
  const { version_id: versionId, size: expected } = entry.source;
  const newest = await objects.get(place, { expected, signal });
  if (newest || !versionId) return newest;
  return objects.get(place, { versionId, expected, signal });
};

/** Sends one file. Throws RemoteError, RefusedError, VerificationError, EntryTaken, LeaseLost, OutOfTime, and S3's own errors. */
export const pushFile = async (known: Entry, context: PushContext): Promise<Outcome> => {
  const { journal, push, lease, signal, log } = context;
  let entry = known;
  if (push.name === undefined) assertMarkable(finalOf(known, undefined, context), context);
  if (known.progress) {
    const recovered = await recoverPublishing(known, finalOf(known, known.progress.identity, context), context);
    if (!recovered.entry.progress || recovered.outcome) await discardStaged(known.progress.staged, context);
    if (recovered.outcome) return recovered.outcome;
    ({ entry } = recovered);
  }
  assertKeepsTemporary(context);
  for (let manner: Manner = {}; ; ) {
    try {
      return await sendNewest(entry, manner, context);
    } catch (error) {
      const more = withMoreCare(error, manner);
      const current = more && (await journal.read(entry));
      const { holder, phase } = current?.progress ?? {};
      if (!more || !current || holder !== lease.holder || phase === "marking" || signal.aborted) throw error;
      log.warn("The file is sent once more at once, with more care", {
        source: entry.source_location,
        care: more.care,
        error,
      });
      manner = more;
      entry = current;
    }
  }
};

/** Opens the source, and sends it unless there is nothing to send. */
const sendNewest = async (entry: Entry, manner: Manner, context: PushContext): Promise<Outcome> => {
  const { stream: config, journal, push } = context;
  const source = await openSource(entry, context);
  if (!source) return close(entry, { state: "gone" }, "gone", context);
  try {
    if (journal.isDelivered(entry, source.identity)) {
      return await close(entry, { state: "delivered", last_error: undefined }, "unchanged", context);
    }
    if (isEcho(source.metadata, placeOf(entry, push), config, context.config)) {
      return await close(entry, { state: "skipped" }, "skipped", context);
    }
    if (push.gate !== undefined) {
      const gated = await (await import("./gate.ts")).passPushGate(entry, source, push.gate, context);
      if (gated.result === "held") return waits;
      if (gated.result === "shut") return await close(gated.entry, gated.changes, "rejected", context);
      // The verdict took its time: the source is opened anew, and is sent if it is still that version.
      if (gated.result === "opened") return await sendNewest(gated.entry, manner, context);
    }
    const template = templateOf(push);
    const named =
      template === undefined ? entry : await (await import("./name-for.ts")).nameFor(entry, source, template, context);
    const final = finalOf(named, source.identity, context);
    assertMarkable(final, context);
    if (push.onExists !== "number" && (await isInTheWay(final, context)))
      return await close(named, skipTaken(final, context), "taken", context);
    const prepared = await prepare(named, source, context);
    if (!prepared) return waits;
    try {
      const { entry: ready, source: content } = prepared;
      const outcome = await sendOnce(ready, final, context, () => send(ready, content, final, manner, context));
      if (prepared.source !== source) await discardStaged(prepared.entry.progress?.staged, context);
      return outcome;
    } finally {
      prepared.source.discard();
    }
  } finally {
    source.discard();
  }
};

/** There is nothing to send: removes what earlier attempts left, and ends the entry. */
const close = async (
  entry: Entry,
  changes: Partial<Entry>,
  result: Outcome["result"],
  context: PushContext,
): Promise<Outcome> => {
  const { journal, push } = context;
  const { progress } = entry;
  if (progress && push.upload === "atomic")
    await removeAll(context, temporariesOf(progress, finalOf(entry, progress.identity, context), push));
  await discardStaged(progress?.staged, context);
  await journal.update(entry, { ...changes, progress: undefined });
  return { result, bytes: 0 };
};

/**
 * Claims the entry for a fresh temporary file; only then are the earlier ones removed, so that each stays recorded. Where nobody
 * may remove, one gets the fresh name: so they don't pile up, and none can still be published by another run.
 */
const claim = async (
  entry: Entry,
  identity: string,
  final: string,
  context: PushContext,
): Promise<{ readonly entry: Entry; readonly unmade?: RemoteError | undefined; readonly isReused: boolean }> => {
  const { journal, remote, lease, push, nonce, clock, traits } = context;
  const direct = push.upload === "direct";
  const known = direct ? [] : temporariesOf(entry.progress, final, push);
  await removeAll(context, known.slice(maxLeftovers));
  const litter = known.slice(0, maxLeftovers);
  const progress: Progress = {
    phase: "writing",
    holder: lease.holder,
    identity,
    path: direct ? final : uploadPathFor(final, push, nonce()),
    litter,
    taken: entry.progress?.taken,
    staged: entry.progress?.staged,
    started: entry.progress?.phase === "preparing" ? entry.progress.started : clock.wall(),
  };
  const { target } = entry;
  const claimed = await journal.update(entry, {
    state: "active",
    attempts: entry.attempts + 1,
    progress,
    target: target?.identity === identity ? { ...target, claimed: true } : undefined,
  });
  const [left] = await removeAll(context, litter);
  const isReused =
    left !== undefined && traits.can("truncates") !== false && (await reuse(left, progress.path ?? final, context));
  if (direct) await removeOldMarker(final, context);
  // Who may not look, or make directories, may all the same write to one that is there: OPEN tells.
  const made = await Promise.all(
    [directoryOf(final), ...(push.workDirectory === undefined ? [] : [push.workDirectory])].map((directory) =>
      remote.ensureDirectory(directory).then(
        () => undefined,
        (error: unknown) => {
          if (error instanceof RemoteError && ["permission", "failure", "unsupported", "missing"].includes(error.kind))
            return error;
          throw error;
        },
      ),
    ),
  );
  const unmade = made.find((error) => error !== undefined);
  return { entry: claimed, unmade, isReused };
};

const send = async (
  known: Entry,
  source: OpenObject,
  final: string,
  manner: Manner,
  context: PushContext,
): Promise<Outcome> => {
  const { remote, push, signal, journal, traits } = context;
  const direct = push.upload === "direct";
  const { entry: own, resumed } = await resumeWriting(known, source, final, context);
  const { entry, unmade, isReused } = resumed
    ? { entry: own, unmade: undefined, isReused: false }
    : await claim(own, source.identity, final, context);
  const path = entry.progress?.path;
  if (!path) throw new Error("an active push has its path");

  const offset = resumed?.offset ?? 0;
  const hasher = resumed === undefined ? lightHasher({ md5: push.marker?.content === "md5" }) : undefined;
  try {
    if (direct && (manner.afresh || traits.can("truncates") === false)) await remote.remove(path);
    const mode = direct || isReused ? "replace" : offset > 0 ? "resume" : "create";
    const looked = traits.can("fstat");
    const writer = await remote
      .openWrite(path, { mode, offset, size: source.size, care: manner.care })
      .catch(async (error: unknown) => {
        if (direct && !manner.afresh) await (await import("./make-room.ts")).makeRoom(error, path, context);
        throw unmade !== undefined && error instanceof RemoteError && error.kind === "missing" ? unmade : error;
      });
    const upload = { source: resumed?.body ?? source, writer, hasher, offset };
    let written: Awaited<ReturnType<typeof writeAll>>;
    try {
      written = await writeAll(entry, upload, context);
    } catch (error) {
      // Of a file that is given up for now, the answers to what is still on its way are of no use.
      await within(patience, writer.close());
      throw error;
    }
    const closed = await settled(written.bytes, path, written.closed, context);
    if (closed === undefined && looked !== false && traits.can("fstat") === false)
      throw new PutAway(
        `Stream ${context.stream.name}: the upload of ${final} was gone once it was closed, since the server refused a look at it while it was open. It is sent again without`,
      );
    const doubt = writer.doubt ?? (manner.surprise === undefined ? undefined : { reason: manner.surprise });
    return await conclude(
      written.entry,
      source,
      { bytes: written.bytes, closed, hasher, doubt, manner, isReused },
      final,
      context,
    );
  } catch (error) {
    // This name is nobody else's, whatever became of the entry: a successor has recorded another one.
    const reason = reasonOf(error, signal);
    const goesOn = reason instanceof OutOfTime || reason instanceof LeaseLost || isHelperLost(reason, remote);
    // What is whole and couldn't be renamed is renamed by the next attempt; who gives it up removes it.
    const isKept = !direct && isRefusal(reason) && (await journal.read(entry))?.progress?.phase === "publishing";
    if (!direct && !goesOn && !isKept) await tryToRemove(remote, path);
    throw await noteTaken(entry, error, context);
  } finally {
    resumed?.body.discard();
  }
};

/** All of it was sent, and there is less. */
const hasLess = (bytes: number, expected: number, there: RemoteStat | undefined): boolean =>
  bytes === expected && compareSizes(bytes, there) === "smaller";

interface Uploaded {
  readonly bytes: number;
  readonly closed: RemoteStat | undefined;
  /** Undefined where an earlier run began the upload. */
  readonly hasher: Hasher | undefined;
  readonly doubt: Doubt | undefined;
  readonly manner: Manner;
  /** What an earlier attempt had left was opened to be replaced. */
  readonly isReused: boolean;
}

/** The upload is complete: is it whole? Then it gets its name. */
const conclude = async (
  uploaded: Entry,
  source: OpenObject,
  { bytes, closed, hasher, doubt, manner, isReused }: Uploaded,
  final: string,
  context: PushContext,
): Promise<Outcome> => {
  const { traits, stream, push } = context;
  const isOver = push.upload === "direct" || isReused;
  // What was sent may have got another name, since one was there.
  const isOld = closed?.size !== bytes && closed?.size !== undefined && closed.size === lastDelivery(uploaded)?.bytes;
  const hasOld = compareSizes(bytes, closed) === "larger" || isOld;
  if (isOver && hasOld && traits.can("truncates") === undefined) {
    if (!manner.afresh)
      throw new OldBytes(
        `Stream ${stream.name}: the partner holds ${closed?.size} bytes of ${final}, ${bytes} were sent: its server may have kept what was there before, and given the new file another name. It is removed, and the file is sent again`,
      );
    traits.learn("truncates", true, "a file that was removed first had more bytes than were sent as well");
  }
  const path = uploaded.progress?.path ?? final;
  const sums = hasher && { sha256: hasher.digest(), md5: hasher.md5?.() };
  const isOdd = closed !== undefined && push.verify === "strict" && closed.size !== bytes && bytes === source.size;
  const copy = { path, final, bytes, attempt: uploaded.attempts };
  const isRight =
    isOdd &&
    sums !== undefined &&
    (await (await import("./told-size.ts")).isWholeByContent({ ...copy, ...sums }, closed.size, context));
  try {
    if (!isRight)
      assertWhole({ bytes, expected: source.size, source: uploaded.source_location }, closed, final, context);
  } catch (error) {
    if (!(error instanceof VerificationError)) throw error;
    const mayBeClose = manner.care === undefined && traits.can("pipelined_close") !== true;
    if (mayBeClose && doubt === undefined && hasLess(bytes, source.size, closed)) throw new CutShort(error.message);
    if (doubt?.proves === undefined) throw error;
    traits.learn(doubt.proves, false, "the server holds another size than was sent");
    throw new OtherBytes(error.message);
  }
  const { entry, sha256, md5 } = sums ? { entry: uploaded, ...sums } : await sumOfSource(uploaded, source, context);
  await assertContent({ ...copy, sha256 }, doubt, context);
  learnFrom(manner, context);
  const sent: Omit<Delivery, "at" | "duration_ms"> = {
    identity: source.identity,
    destination: final,
    bytes,
    sha256,
    attempt: entry.attempts,
  };
  await assertOwnName(entry, path, final, context);
  const known = await setAttributes(path, source, closed, context);
  const delivery = await makeVisible(entry, sent, known, final, context, md5);
  return { result: "delivered", bytes, delivery };
};
